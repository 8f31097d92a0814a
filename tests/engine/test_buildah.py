"""buildah as it is found, and how its client tells what it cannot do."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from migrator.dockercli.parse import parse
from migrator.engine.buildah.engine import find_buildah
from migrator.engine.buildah.refusals import refusal
from migrator.engine.find import find_engine
from migrator.errors import EngineError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

BUILDAH = """#!/bin/sh
case $1 in
  info) echo '{"host": {"cpus": 3}, "store": {"GraphRoot": "/images"}}' ;;
  --version) echo 'buildah version 1.28.2 (image-spec 1.1.0-rc2)' ;;
esac
"""


def program(folder: Path, name: str, text: str) -> None:
    """A client of that name that prints a text."""
    (folder / name).write_text(text, encoding="utf-8")
    (folder / name).chmod(0o755)


def test_buildah_is_taken_where_neither_docker_nor_podman_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    here = {"PATH": f"{tmp_path}:/bin"}
    with pytest.raises(EngineError, match="there is no `buildah` on the PATH"):
        find_engine("buildah", environment={"PATH": str(tmp_path)})
    program(tmp_path, "buildah", BUILDAH)
    found = find_engine(environment=here)
    assert (found.title, found.builder, found.processors()) == ("buildah 1.28.2", "buildah", 3)
    assert found.images_folder() == "/images"
    program(tmp_path, "podman", "#!/bin/sh\necho 4.3.1\n")
    assert find_engine(environment=here).title == "podman 4.3.1"
    program(tmp_path, "podman", "#!/bin/sh\necho no storage >&2; exit 125\n")
    assert find_engine(environment=here).title == "buildah 1.28.2"
    with pytest.raises(UsageError, match="buildah does not build with classic"):
        find_engine("buildah", "classic", here)


def test_a_user_is_told_how_to_start_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "buildah", BUILDAH)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(EngineError, match="cannot look into its containers") as found:
        find_buildah({"PATH": f"{tmp_path}:/bin"})
    assert "buildah unshare" in (found.value.advice or "")


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("run -d x serve", "containers that run in the background"),
        ("run -d --entrypoint sleep x 60", "containers that run in the background"),
        ("exec c ls", "containers that run in the background"),
        ("run -d x", "containers that run in the background"),
        ("start c", "containers that run in the background"),
        ("logs c", "logs of containers"),
        ("network create n", "networks"),
        ("volume create v", "volumes"),
        ("run -v name:/x image", "volumes with a name"),
        ("run --network mine image", "networks of their own"),
        ("run --privileged image", "`run --privileged`"),
        ("create --no-such-option image", "`create --no-such-option`"),
        ("build --squash .", "`build --squash`"),
        ("build -o out .", "`build --output`"),
        ("build --build-context a=b .", "`build --build-context`"),
        ("save a b", "archives of several images"),
        ("import x.tar", "import of archives"),
        ("compose up", "`compose up`"),
    ],
)
def test_what_it_has_not_got_is_told_from_the_words_alone(words: str, what: str) -> None:
    call = parse(("docker", *words.split()))
    assert call is not None
    assert refusal(call) == what


@pytest.mark.parametrize(
    "words",
    [
        "build -t x --build-arg A=1 --progress plain .",
        "run --rm -v /a:/b:ro -w /b -e A=1 -u 1:1 --entrypoint sh image -c x",
        "create --name c image",
        "run -d --name c image sleep 60",
        "run -d image tail -f /dev/null",
        "cp c:/etc/. out",
        "start -a c",
        "rm -fv c",
        "push x",
        "network rm n",
        "volume prune -f",
    ],
)
def test_what_it_has_is_not_refused(words: str) -> None:
    call = parse(("docker", *words.split()))
    assert call is not None
    assert refusal(call) is None
