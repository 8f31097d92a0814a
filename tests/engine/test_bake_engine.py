"""The bake file means what the build command means: buildx itself reads it, and builds the same image."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from case_arms import apply_conversion
from case_table import Case, all_cases, commands_of, convert_folder, copy_repo
from plain_snapshot import differences, snapshot

from migrator.checkout import load
from migrator.dockercli.parse import parse
from migrator.migration.bake import with_bake
from migrator.migration.result import Converted

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Engine

pytestmark = pytest.mark.engine

CASES = {case.name: case for case in all_cases()}


@pytest.fixture
def buildx(engine: Engine) -> Engine:
    if engine.docker("buildx", "version", check=False).returncode:
        pytest.skip("docker has no buildx here")
    return engine


def prepared(case: Case, folder: Path) -> tuple[Path, Converted]:
    root = copy_repo(case, folder)
    result = with_bake(load(root), convert_folder(case, root))
    assert isinstance(result, Converted)
    apply_conversion(result, root)
    return root, result


def bake(engine: Engine, root: Path, env: dict[str, str], *words: str) -> dict[str, Any]:
    done = subprocess.run(
        ["docker", "buildx", "bake", *words],
        cwd=root,
        env={**engine.env, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout)) if "--print" in words else {}


def words_of(command: str, env: dict[str, str]) -> list[str]:
    """What bash hands to docker."""
    shown = "docker() { printf '%s\\0' docker \"$@\"; }; "
    path = {"PATH": "/usr/bin:/bin", **env}
    done = subprocess.run(["bash", "-ec", shown + command], env=path, capture_output=True, text=True, check=True)
    return done.stdout.split("\0")[:-1]


@pytest.mark.parametrize("env", [{}, {"set": "other"}, {"set": ""}], ids=["unset", "set", "empty"])
@pytest.mark.parametrize(
    "name",
    [
        "ci-gitlab",
        "env-build-arg-parameter",
        "env-inherited-by-container",
        "sourced-env-file",
        "two-runtimes-one-builder",
        "multi-from-same-tag-rebound",
    ],
)
def test_bake_reads_the_words_of_the_command(name: str, env: dict[str, str], buildx: Engine, tmp_path: Path) -> None:
    root, result = prepared(CASES[name], tmp_path)
    hcl = (root / "docker-bake.hcl").read_text()
    names = [line.split('"')[1] for line in hcl.splitlines() if line.startswith("variable")]
    values = dict.fromkeys(names, env["set"]) if env else {}
    if "" in values.values() and ":${" in hcl:
        assert '!= ""' in hcl
    targets = bake(buildx, root, values, "--print")["target"]
    commands = commands_of(result)
    assert len(targets) == len(commands)
    for target, command in zip(sorted(targets), sorted(commands, key=stage_in(result)), strict=True):
        call = parse(words_of(command, values))
        assert call is not None
        found: dict[str, list[str]] = {}
        for option in call.options:
            found.setdefault(option.name, []).append(option.value or "")
        args = {
            key: value for key, _, value in (word.partition("=") for word in found.get("build-arg", []) if "=" in word)
        }
        args |= {word: values[word] for word in found.get("build-arg", []) if "=" not in word and word in values}
        assert targets[target].get("tags", []) == found.get("tag", [])
        assert targets[target].get("args", {}) == args
        assert targets[target].get("labels", {}) == dict(word.split("=", 1) for word in found.get("label", []))
        assert (targets[target]["context"],) == call.operands


def stage_in(result: Converted) -> Any:  # noqa: ANN401 - a sort key
    return lambda command: next(target.stage for target in result.targets if target.command == command)


def test_bake_builds_the_image_of_the_command(buildx: Engine, tmp_path: Path) -> None:
    case = CASES["ci-gitlab"]
    engine = buildx.with_images("alpine:latest")
    root, result = prepared(case, tmp_path)
    found = {}
    for tag, start in (("bake", []), ("shell", commands_of(result))):
        env = {"CI_COMMIT_TAG": tag}
        name = f"registry.example.com/tool:{tag}"
        try:
            if start:
                subprocess.run(["bash", "-ec", start[0]], cwd=root, env={**engine.env, **env}, check=True)
            else:
                bake(engine, root, env)
            found[tag] = snapshot(engine, name, tmp_path)
        finally:
            engine.docker("rmi", "-f", name, check=False)
    assert differences(found["shell"], found["bake"], ()) == []
