"""Podman as it is found, and what it leaves where a build of it is ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from migrator.engine.base import MARK
from migrator.engine.find import find_engine
from migrator.engine.podman import find_podman
from migrator.engine.storage import reach
from migrator.errors import EngineError, UsageError
from migrator.verify.recorder.build import BuildahSteps
from migrator.verify.recorder.session import STEPS, Session

if TYPE_CHECKING:
    from conftest import Engine

PREFIX = "migrator-test-podman"
SAMPLE = Path(__file__).parents[2] / "samples" / "make-targets"


def program(folder: Path, name: str, text: str) -> None:
    """A client of that name that prints a text."""
    (folder / name).write_text(text, encoding="utf-8")
    (folder / name).chmod(0o755)


def test_podman_is_taken_where_no_docker_answers(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="there is no `docker` on the PATH"):
        find_engine(environment={"PATH": str(tmp_path)})
    with pytest.raises(EngineError, match="there is no `podman` on the PATH"):
        find_engine("podman", environment={"PATH": str(tmp_path)})
    program(tmp_path, "podman", "#!/bin/sh\necho 4.3.1\n")
    assert find_engine(environment={"PATH": str(tmp_path)}).title == "podman 4.3.1"
    with pytest.raises(EngineError, match="there is no `docker` on the PATH"):
        find_engine("docker", environment={"PATH": str(tmp_path)})
    program(tmp_path, "podman", "#!/bin/sh\necho no storage >&2; exit 125\n")
    with pytest.raises(EngineError, match=r"`docker` on the PATH; podman is there, but does not work: no storage"):
        find_engine(environment={"PATH": str(tmp_path)})


def test_a_builder_of_docker_s_is_not_asked_of_podman(tmp_path: Path) -> None:
    program(tmp_path, "podman", "#!/bin/sh\necho 4.3.1\n")
    with pytest.raises(UsageError, match="podman does not build with classic"):
        find_engine("podman", "classic", {"PATH": str(tmp_path)})
    with pytest.raises(EngineError, match="there is no `docker` on the PATH"):
        find_engine("auto", "classic", {"PATH": str(tmp_path)})


def test_only_what_reaches_its_storage_is_passed_on() -> None:
    given = {"CONTAINERS_CONF": "/c", "AWS_KEY": "s", "HOME": "/h", "PATH": "/p", "BUILDAH_LAYERS": "false"}
    assert reach(given) == {"CONTAINERS_CONF": "/c", "HOME": "/h", "PATH": "/p", "BUILDAH_FORMAT": "docker"}
    assert reach({**given, "BUILDAH_FORMAT": "oci"})["BUILDAH_FORMAT"] == "oci"


def test_the_steps_of_a_build_are_heard_wherever_the_output_is_cut(tmp_path: Path) -> None:
    output = (
        b"[1/2] STEP 1/2: FROM alpine AS a\n[1/2] STEP 2/2: RUN printf x\nx--> 0123456789a\n"
        b"--> Using cache 99999999999999999999\n--> 99999999999\n[2/2] COMMIT app\n--> abcdef01234\nSuccessfully\n"
    )
    for size in (1, 7, len(output)):
        folder = tmp_path / str(size)
        folder.mkdir()
        session = Session("r", ("podman",), {}, str(folder), str(folder), builder="buildah")
        steps = BuildahSteps(session, frozenset({"9" * 64}))
        for start in range(0, len(output), size):
            steps(output[start : start + size])
        assert (folder / STEPS).read_text(encoding="ascii").split() == ["0123456789a", "abcdef01234"]


@pytest.mark.engine
@pytest.mark.parametrize("builder", ["podman"])
def test_what_an_ended_build_worked_in_is_found_by_its_mark_and_nobody_else_s(
    builder: str, podman_engine: Engine, tmp_path: Path
) -> None:
    assert builder == podman_engine.program
    (tmp_path / "Dockerfile").write_text("FROM alpine:latest\nRUN echo begun; sleep 60\n", encoding="utf-8")
    podman = find_podman(podman_engine.env)
    try:
        for mark in (f"{PREFIX}-one-build", "of-another"):
            words = ["podman", "build", "--no-cache", f"--build-arg={MARK}={mark}", "."]
            with subprocess.Popen(
                words, cwd=tmp_path, env=podman_engine.env, stdout=subprocess.PIPE, start_new_session=True
            ) as build:
                assert build.stdout is not None
                while b"begun\n" not in build.stdout.readline():
                    assert build.poll() is None
                os.killpg(build.pid, signal.SIGKILL)
        found = podman.named(PREFIX)
        assert [(thing.kind, thing.name) for thing in found] == [("container", f"{PREFIX}-one-build")]
        podman.remove(found)
        assert podman.named(PREFIX) == ()
        assert [thing.name for thing in podman.named("of-another")] == ["of-another"]
    finally:
        podman.remove(podman.named("of-another"))
        podman.remove(podman.named(PREFIX))


def test_an_image_that_an_ended_build_left_half_made_is_removed_where_it_is_ours(
    podman_engine: Engine, tmp_path: Path
) -> None:
    """podman cannot list all images as long as it is there, and none where an image stands on it."""
    engine = podman_engine.with_images("alpine:latest").interface
    (tmp_path / "Dockerfile").write_text(f"FROM alpine:latest\nRUN echo {time.time_ns()} > /x\n", encoding="utf-8")
    made = engine.build(["."], str(tmp_path))
    assert made is not None
    (Path(engine.images_folder()) / "overlay-images" / made / "manifest").unlink()
    try:
        assert made in engine.ask("images", "-aq").complaint
        engine.mend(time.time() + 60)
        assert made in engine.ask("images", "-aq").complaint, "one that is older is not ours"
        engine.mend(time.time() - 60)
        everything = engine.ask("images", "-aq", "--no-trunc")
        assert everything.ok, everything.complaint
        assert made not in everything.text
        assert engine.named(PREFIX) == ()
    finally:
        engine.ask("rmi", "-f", made)
    assert engine.image("alpine:latest") is not None


def test_no_verdict_is_given_where_every_file_is_root_s(podman_engine: Engine, tmp_path: Path) -> None:
    """A user without ids of his own may set podman up like that; an owner that differs would not be seen."""
    given = Path(podman_engine.env["CONTAINERS_STORAGE_CONF"]).read_text(encoding="utf-8")
    changed = tmp_path / "storage.conf"
    changed.write_text(f'{given}[storage.options.overlay]\nignore_chown_errors = "true"\n', encoding="utf-8")
    careless = replace(podman_engine, env={**podman_engine.env, "CONTAINERS_STORAGE_CONF": str(changed)})
    assert not podman_engine.interface.loses_owners()
    assert careless.interface.loses_owners()
    done = subprocess.run(
        [sys.executable, "-m", "migrator", "verify", str(SAMPLE), "--engine", "podman"],
        env=dict(careless.env),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stdout
    assert "not-run" in done.stdout
    assert "MG476" in done.stderr
