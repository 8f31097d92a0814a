"""Every sample, built both ways by a real engine: what converts is the same image, and what does not says so."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Engine

SAMPLES = Path(__file__).parents[2] / "samples"
NAMES = sorted(path.name for path in SAMPLES.iterdir() if path.is_dir() and not path.name.startswith("fat-"))
EVERY = "MIGRATOR_EVERY_CASE" in os.environ
# The classic builder on one sample of each kind: compiling Go again would show nothing new.
CLASSIC = NAMES if EVERY else ["add-archive", "c-tools", "tar-on-stdin", "two-contexts"]
# Go compiles its own library anew in each stage, minutes of it. An everyday run does that once for both ways, from the
# builder's cache; `make test-cases` does it for each, as `migrator verify` does by itself.
COMPILED = () if EVERY else ("http-server", "static-scratch", "two-builders")
# What podman and buildah make different (docs/explanation/equivalence.md): the right verdict is to say so.
ON_PODMAN = {"add-archive": [("owner", "/srv/site")]}

pytestmark = pytest.mark.engine


def verified(name: str, engine: Engine) -> dict[str, Any]:
    words = ["--engine", engine.program] if engine.builder == "buildah" else []
    words += ["--reuse-cache"] if name in COMPILED and engine.builder == "buildkit" else []
    done = subprocess.run(
        [sys.executable, "-m", "migrator", "verify", str(SAMPLES / name), "--format", "json", *words],
        env=dict(engine.env),
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode in {0, 1}, done.stderr
    data = json.loads(done.stdout)
    assert isinstance(data, dict)
    return data


def bases(name: str) -> list[str]:
    """The base images of a sample, of its Dockerfiles and of what its script runs."""
    texts = [path.read_text(encoding="utf-8") for path in (SAMPLES / name).rglob("*") if path.is_file()]
    found = {base for text in texts for base in re.findall(r"^FROM (\S+)|\s(golang:\S+) ", text, re.MULTILINE)}
    return sorted({base for pair in found for base in pair} - {"", "scratch"})


def hold(name: str, engine: Engine) -> None:
    engine.with_images(*bases(name))
    verification = verified(name, engine)
    expected = ON_PODMAN.get(name, []) if engine.builder == "buildah" else []
    counted = [one for one in verification["differences"] if not one["set_aside"]]
    assert [(one["aspect"], one["path"]) for one in counted] == expected
    assert verification["verdict"] == ("different" if expected else "identical"), verification["diagnostics"]
    assert verification["builder"] == engine.builder
    assert verification["artifacts"], "nothing was compared"
    assert left_behind(engine) == []


def left_behind(engine: Engine) -> list[str]:
    """The images and containers that bear our private names."""
    images = engine.docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").stdout.split()
    containers = engine.docker("ps", "-a", "--format", "{{.Names}}").stdout.split()
    return [name for name in [*images, *containers] if name.startswith("migrator-")]


@pytest.mark.parametrize("name", NAMES)
def test_sample_on_buildkit(name: str, engine: Engine) -> None:
    hold(name, engine)


@pytest.mark.parametrize("name", CLASSIC)
def test_sample_on_the_classic_builder(name: str, classic_engine: Engine) -> None:
    hold(name, classic_engine)


@pytest.mark.skipif(not EVERY, reason="make test-cases")
@pytest.mark.parametrize("name", NAMES)
def test_sample_on_the_old_buildkit(name: str, old_buildkit_engine: Engine) -> None:
    hold(name, old_buildkit_engine)


@pytest.mark.parametrize("name", NAMES)
def test_sample_on_podman(name: str, podman_engine: Engine) -> None:
    hold(name, podman_engine)


@pytest.mark.parametrize("name", NAMES)
def test_sample_on_buildah(name: str, buildah_engine: Engine) -> None:
    hold(name, buildah_engine)
