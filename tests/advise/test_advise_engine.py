"""What an engine says of advice: what each piece saves, and that the patch changes nothing else; a bad one is seen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from packages import source_of_packages

from migrator.advise.advise import Advised, advise
from migrator.advise.measure import failures, verified
from migrator.checkout import load
from migrator.split.bench import Bench
from migrator.split.result import Proof
from migrator.verify.scratch import scratch

if TYPE_CHECKING:
    from conftest import Engine

pytestmark = pytest.mark.engine
ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs/reference/schemas/advice-1.json").read_text(encoding="utf-8"))
EVERY = pytest.mark.skipif("MIGRATOR_EVERY_SPLIT" not in os.environ, reason="make test-split")
SMALL = """\
FROM alpine:latest
WORKDIR /srv
COPY . .
RUN head -c 2000000 /dev/zero > /var/data
RUN wc -c < /var/data > /srv/count
RUN rm /var/data
USER 1000
CMD ["cat", "/srv/count"]
"""
LARGE = """\
FROM debian:bookworm-slim
COPY repo /opt/repo
RUN rm -rf /etc/apt/sources.list.d && echo "deb [trusted=yes] file:/opt/repo ./" > /etc/apt/sources.list
RUN apt-get update
RUN apt-get install -y tool
CMD ["wc", "-c", "/usr/share/tool/data"]
"""


def told(engine: Engine, folder: Path, *words: str) -> dict[str, Any]:
    """The document of the command, which leaves the engine as it was."""
    before = engine.holdings() if engine.builder == "buildkit" else None
    argv = [sys.executable, "-m", "migrator", "advise", "--format", "json", *words, str(folder)]
    done = subprocess.run(argv, env=dict(engine.env), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert before == (engine.holdings() if engine.builder == "buildkit" else None)
    document = json.loads(done.stdout)
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(document)] == []
    assert isinstance(document, dict)
    return document


def saved(document: dict[str, Any], code: str, line: int) -> int:
    (one,) = [one for one in document["advice"] if one["code"] == code and one["span"]["line"] == line]
    assert one["size"] is not None
    size: int = document["size"] - one["size"]
    return size


def test_a_patch_is_proved_and_written(engine: Engine, tmp_path: Path) -> None:
    engine.with_images("alpine:latest")
    (tmp_path / "Dockerfile").write_text(SMALL, encoding="utf-8")
    (tmp_path / "page").write_text("page\n", encoding="utf-8")
    document = told(engine, tmp_path, "--verify", "--in-place")
    assert [one["passed"] for one in document["checks"]] == [True] * len(document["checks"])
    before, after = document["sizes"]
    assert before["size"] - after["size"] > 1_900_000
    assert "&& rm /var/data\n" in (tmp_path / "Dockerfile").read_text(encoding="utf-8")
    assert (tmp_path / ".dockerignore").read_text(encoding="utf-8").startswith(".git\n")


@EVERY
def test_a_patch_that_changes_more_is_seen(engine: Engine, tmp_path: Path) -> None:
    """For each thing that the proof claims to hold, a patch that breaks it."""
    engine.with_images("alpine:latest")
    (tmp_path / "Dockerfile").write_text(SMALL, encoding="utf-8")
    (tmp_path / "page").write_text("page\n", encoding="utf-8")
    found = advise(load(tmp_path), "Dockerfile", {})
    assert isinstance(found, Advised)
    assert "CMD" in found.text
    faults = {
        "the same files": found.text.replace("USER", "RUN echo more > /more\nUSER"),
        "the same configuration": found.text.replace("USER 1000", "USER 1001"),
        "ends and prints": found.text.replace("WORKDIR /srv", "WORKDIR /srv\nENV A=b").replace("cat", "wc"),
    }
    for name, text in faults.items():
        with scratch(engine.interface) as place:
            bench = Bench(engine.interface, place, found.recipe.project, "Dockerfile", {}, None)
            bench.prepare()
            proof = verified(replace(found, text=text), bench)
            assert isinstance(proof, Proof)
            seen = [one.message for one in failures(found, proof)]
            assert any(name in message for message in seen), (name, seen)


@EVERY
def test_lists_and_recommended_packages_of_apt(engine: Engine, tmp_path: Path) -> None:
    """Apt itself, with a source of packages in the context; what it recommends is one of them."""
    engine.with_images("debian:bookworm-slim")
    source_of_packages(tmp_path / "repo", tool="extra", extra="")
    (tmp_path / "Dockerfile").write_text(LARGE, encoding="utf-8")
    document = told(engine, tmp_path, "--measure", "--verify")
    assert saved(document, "DL3015", 5) > 100_000
    before, after = document["sizes"]
    assert before["size"] - after["size"] > 500_000
    assert all(one["passed"] for one in document["checks"])
    patched = next(one["content"] for one in document["files"] if one["path"] == "Dockerfile")
    assert patched.endswith(
        "RUN apt-get update \\\n    && apt-get install -y tool \\\n    && rm -rf /var/lib/apt/lists/*\n"
        'CMD ["wc", "-c", "/usr/share/tool/data"]\n'
    )


@EVERY
def test_an_image_that_is_its_own_builder_is_measured_by_its_split(engine: Engine, tmp_path: Path) -> None:
    engine.with_images("gcc:12", "debian:bookworm-slim")
    (tmp_path / "main.c").write_text('#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n')
    (tmp_path / "Dockerfile").write_text('FROM gcc:12\nCOPY main.c /\nRUN gcc -static -o /app /main.c\nCMD ["/app"]\n')
    assert saved(told(engine, tmp_path, "--measure"), "MG734", 3) > 100_000_000


@EVERY
def test_advice_with_which_it_does_not_build_says_so(engine: Engine, tmp_path: Path) -> None:
    engine.with_images("debian:bookworm-slim")
    source_of_packages(tmp_path / "repo", tool="extra", extra="")
    text = LARGE.replace("install -y tool", "install -y tool && test -e /usr/share/extra/data")
    (tmp_path / "Dockerfile").write_text(text, encoding="utf-8")
    document = told(engine, tmp_path, "--measure")
    assert [one["code"] for one in document["diagnostics"]] == ["MG736"]
    assert {one["code"]: one["size"] for one in document["advice"] if one["change"]}["DL3015"] is None
