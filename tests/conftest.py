"""What every test may ask for: a real engine on each builder, and whether to rewrite expectations."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn

import pytest
from hypothesis import HealthCheck, settings

from migrator.engine.buildah.engine import find_buildah
from migrator.engine.docker import find_docker
from migrator.engine.podman import find_podman

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _pytest.terminal import TerminalReporter

    from migrator.engine.client import Client

# How long an example takes says something about the machine, and nothing about us.
settings.register_profile("any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any-machine")

# What a run in CI leaves out: what has a make target of its own, what the engine lacks, what only looks at a page.
LEFT_OUT = ("make test-", "has no --check", "got empty parameter set", "no groff")
PROVIDER = Path(__file__).parent.parent / "scripts" / "engine"


@dataclass(frozen=True)
class Engine:
    """An engine that answers, and the environment in which a started program finds it; `program` is its client.

    `words` are what starts a client for docker's commands, where that is not the program itself.
    """

    name: str
    env: Mapping[str, str]
    builder: Literal["buildkit", "classic", "buildah"]
    version: str
    program: str = "docker"
    words: tuple[str, ...] = ()

    def docker(
        self,
        *arguments: str,
        check: bool = True,
        cwd: Path | None = None,
        input_text: str | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """What `docker <arguments>`, or podman with them, gave; a failure is an AssertionError with its output."""
        done = subprocess.run(
            [*(self.words or (self.program,)), *arguments],
            env=dict(self.env),
            cwd=cwd,
            input=input_text,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        if check and done.returncode:
            command = " ".join(arguments)
            raise AssertionError(f"{self.program} {command}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def holdings(self) -> frozenset[str]:
        """The ids of every image, named or not, and of every container.

        A set: the engine lists by the second of creation, and within one in any order.
        """
        words = ("images", "-aq", "--no-trunc"), ("ps", "-aq", "--no-trunc")
        return frozenset(name for each in words for name in self.docker(*each).stdout.split())

    @property
    def interface(self) -> Client:
        """The same engine behind our own interface."""
        if self.builder == "buildah":
            return find_buildah(self.env) if self.program == "buildah" else find_podman(self.env)
        return find_docker(self.builder, self.env)

    def with_images(self, *names: str) -> Engine:
        """This engine, once it has these base images: pulled, or stood in for in a private engine."""
        missing = [name for name in names if self.docker("image", "inspect", name, check=False).returncode]
        if missing:
            options = ["--classic"] if self.name == "legacy" else []
            verbs = ["podman"] if self.builder == "buildah" else ["images", *options]
            command = [str(PROVIDER), *verbs, *missing]
            done = subprocess.run(command, env=dict(self.env), capture_output=True, text=True, check=False)
            if done.returncode:
                without_engine(f"Docker engine with {' and '.join(missing)} ({done.stderr.strip()})")
        return self


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite the expectations of golden tests")


def server_version(env: Mapping[str, str]) -> str | None:
    """The version of the engine that answers in this environment; a client alone does not count."""
    if shutil.which("docker", path=env.get("PATH")) is None:
        return None
    done = subprocess.run(
        ["docker", "version", "--format", "{{.Server.Version}}"],
        env=dict(env),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout.strip() or None if done.returncode == 0 else None


def without_engine(what: str) -> NoReturn:
    """Ends the test: a run in CI that proves nothing must not look like a pass."""
    message = f'no {what} answers; try: scripts/engine up --both && eval "$(scripts/engine env)"'
    if in_ci():
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def in_ci() -> bool:
    """Whether a missing tool is a failure here, and no reason to leave a test out."""
    return os.environ.get("CI", "").lower() not in {"", "0", "false"}


def unforeseen(reporter: TerminalReporter) -> list[str]:
    """The reasons of the tests that were skipped, but for those that a run in CI may leave out."""
    reasons = [report.longrepr[2] for report in reporter.stats.get("skipped", []) if isinstance(report.longrepr, tuple)]
    return [reason for reason in dict.fromkeys(reasons) if not any(known in reason for known in LEFT_OUT)]


@pytest.hookimpl(tryfirst=True)  # before pytest chooses by marker
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what each engine does, so that two engines can work at once (`scripts/tests`)."""
    for item in items:
        if item.get_closest_marker("engine") is not None:
            item.add_marker(daemon_of(item))


def daemon_of(item: pytest.Item) -> str:
    """The engine that a test asks for: "legacy" for that of the classic builder where it is one of its own."""
    call = getattr(item, "callspec", None)
    named = [FIXTURES.get(value) for value in call.params.values() if isinstance(value, str)] if call else []
    asked = {*getattr(item, "fixturenames", ()), *named}
    old = bool(asked & {"classic_engine", "old_buildkit_engine"} and os.environ.get("MIGRATOR_CLASSIC_DOCKER_HOST"))
    if old and "engine" in asked:
        raise pytest.UsageError(f"{item.nodeid} asks for two engines, and can be kept apart from neither")
    return "legacy" if old else "modern"


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if in_ci() and exitstatus == 0 and reporter is not None and unforeseen(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    if in_ci():
        for reason in unforeseen(terminalreporter):
            terminalreporter.write_line(f"FAILED in CI, where nothing may be left out like this: {reason}", red=True)


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The engine of the caller's environment, building with BuildKit."""
    env = {**os.environ, "DOCKER_BUILDKIT": "1"}
    version = server_version(env)
    if version is None:
        without_engine("Docker engine")
    return Engine("modern", env, "buildkit", version)


@pytest.fixture(scope="session")
def classic_engine() -> Engine:
    """The classic builder: of the old engine that scripts/engine started, or else of the caller's own engine."""
    env = {**os.environ, "DOCKER_BUILDKIT": "0"}
    host = env.get("MIGRATOR_CLASSIC_DOCKER_HOST")
    if host:
        env["DOCKER_HOST"] = host
        env["DOCKER_CONFIG"] = env["MIGRATOR_CLASSIC_DOCKER_CONFIG"]
        env["PATH"] = env["MIGRATOR_CLASSIC_DOCKER_BIN"] + os.pathsep + env["PATH"]
    version = server_version(env)
    if version is None:
        without_engine("Docker engine with the classic builder")
    return Engine("legacy" if host else "modern", env, "classic", version)


@pytest.fixture(scope="session")
def old_buildkit_engine(classic_engine: Engine) -> Engine:
    """BuildKit of the old engine that scripts/engine started; there is none where the caller's own engine is used."""
    if classic_engine.name != "legacy":
        pytest.skip("BuildKit 20.10 is only in the private engine of scripts/engine up --both")
    return replace(classic_engine, env={**classic_engine.env, "DOCKER_BUILDKIT": "1"}, builder="buildkit")


@pytest.fixture(scope="session")
def podman_engine() -> Engine:
    """The podman of this checkout, which `make test-podman` prepares: the machine's own is left alone."""
    if not os.environ.get("MIGRATOR_PODMAN"):
        pytest.skip("podman is tested by make test-podman")
    env = {**os.environ, "BUILDAH_FORMAT": "docker"}
    done = subprocess.run(
        ["podman", "info", "--format", "{{.Version.Version}}"], env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.fail(f"podman does not work: {done.stderr}", pytrace=False)
    return Engine("podman", env, "buildah", done.stdout.strip(), "podman")


@pytest.fixture(scope="session")
def buildah_engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """The buildah of this checkout, which `make test-buildah` prepares, on a PATH without a podman."""
    folder = os.environ.get("MIGRATOR_PODMAN")
    if not folder:
        pytest.skip("buildah is tested by make test-buildah")
    place = tmp_path_factory.mktemp("buildah-alone")
    (place / "buildah").symlink_to(Path(folder) / "buildah")
    others = [one for one in os.environ["PATH"].split(os.pathsep) if not (Path(one) / "podman").exists()]
    env = {**os.environ, "BUILDAH_FORMAT": "docker", "PATH": os.pathsep.join((str(place), *others))}
    assert shutil.which("podman", path=env["PATH"]) is None
    found = find_buildah(env)
    return Engine("buildah", env, "buildah", found.version, "buildah", found.command)


FIXTURES = {
    "buildkit": "engine",
    "buildkit-20.10": "old_buildkit_engine",
    "classic": "classic_engine",
    "podman": "podman_engine",
    "buildah": "buildah_engine",
}
"""The fixture that gives each builder, for tests that name builders in their parameters."""

_OWN = os.environ.get("MIGRATOR_BUILDERS", "podman buildah").split()
BUILDERS = _OWN if os.environ.get("MIGRATOR_PODMAN") else ["buildkit", "classic"]


@pytest.fixture(params=BUILDERS)
def each_engine(request: pytest.FixtureRequest) -> Engine:
    """Each builder in turn, for what must hold on both; podman in the run that `make test-podman` starts."""
    chosen = request.getfixturevalue(FIXTURES[request.param])
    assert isinstance(chosen, Engine)
    return chosen


@pytest.fixture(scope="module", params=BUILDERS)
def engine_of_module(request: pytest.FixtureRequest) -> Engine:
    """The same, for a module whose tests share what they build."""
    chosen = request.getfixturevalue(FIXTURES[request.param])
    assert isinstance(chosen, Engine)
    return chosen
