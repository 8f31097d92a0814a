"""Cures applied to a Dockerfile that needs them: what they change, and that they are kept only where they help."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from verify_bench import SCRIPT, converted

from migrator.verify.repair import cures, repair
from migrator.verify.verdict import Difference, Verdict, Verification, Weighed

if TYPE_CHECKING:
    from conftest import Engine

HEAD = "FROM alpine:latest AS builder\nRUN true\nFROM alpine:latest AS runtime\nWORKDIR /srv\n"


def outcome(*differences: Difference, builder: str = "buildkit") -> Verification:
    verdict = Verdict.DIFFERENT if differences else Verdict.IDENTICAL
    return Verification(verdict, "docker", builder, (), differences, Weighed(), ())


def cured(body: str, *differences: Difference, builder: str = "buildkit") -> list[str]:
    """What each cure makes of the lines of the last stage."""
    found = cures(converted(HEAD + body), outcome(*differences, builder=builder))
    return [text.removeprefix(HEAD) for _, text in found]


def owner(path: str, legacy: str = "0:0") -> Difference:
    return Difference("owner", path, legacy, "1000:1000", "MG412")


def mode(path: str, legacy: str = "0755") -> Difference:
    return Difference("mode", path, legacy, "0644", "MG411")


def test_an_owner_goes_to_the_copy_that_brings_the_file() -> None:
    body = "COPY --from=builder /out /srv\nCOPY --from=builder /bin/x bin/\n"
    wanted = body.replace("COPY --from=builder /bin/x", "COPY --chown=0:0 --from=builder /bin/x")
    assert cured(body, owner("/srv/bin/x")) == [wanted]
    other = body.replace("COPY --from=builder /out", "COPY --chown=5:5 --from=builder /out")
    assert cured(body, owner("/srv/page", "5:5")) == [other]
    assert cured(other, owner("/srv/page", "6:6")) == [other.replace("5:5", "6:6")]


def test_two_owners_of_one_copy_have_no_cure() -> None:
    assert cured("COPY --from=builder /out .\n", owner("/srv/a"), owner("/srv/b", "7:7")) == []
    assert cured("COPY --from=builder /out .\n", owner("/etc/a")) == []


def test_a_mode_needs_buildkit() -> None:
    body = "COPY --from=builder /out/x x\n"
    assert cured(body, mode("/srv/x")) == ["COPY --chmod=0755 --from=builder /out/x x\n"]
    assert cured(body, mode("/srv/x"), builder="classic") == []


def test_a_folder_that_is_a_level_off() -> None:
    missing, extra = (
        [Difference(aspect, path, "file", "", cause) for path in paths]
        for aspect, cause, paths in (
            ("missing", "MG417", ("/srv/page", "/srv/css/a")),
            ("extra", "MG418", ("/srv/dist", "/srv/dist/page", "/srv/dist/css/a")),
        )
    )
    assert cured("COPY --from=builder /out/dist ./dist\n", *missing, *extra) == ["COPY --from=builder /out/dist /srv\n"]
    nested = cured(
        "COPY --from=builder /out/dist /srv/\n",
        *[Difference("missing", one.path, "file", "", "MG417") for one in extra[1:]],
        *[Difference("extra", one.path, "", "file", "MG418") for one in missing],
    )
    assert nested == ["COPY --from=builder /out/dist /srv/dist/\n"]


def test_variables_come_in_the_order_that_is_wanted() -> None:
    def order(*names: str) -> str:
        return json.dumps([f"{name}=1" for name in names])

    difference = Difference("config.Env", "", order("PATH", "A", "B", "C"), order("PATH", "C", "A", "B"), "MG419")
    assert cured('ENV C="1 2"\nENV A=1 B=2\n', difference) == ['ENV A=1\nENV B=2 C="1 2"\n']
    assert cured("ENV C 1\nENV A=1 B=2\n", difference) == []
    other = Difference("config.Env", "", order("A", "B"), order("B"), "MG419")
    assert cured("ENV B=1\n", other) == []


def test_what_does_not_help_is_taken_back_and_not_tried_again() -> None:
    tried: list[str] = []
    body = HEAD + "COPY --from=builder /out/x x\n"
    ill = outcome(owner("/srv/x"), mode("/srv/x"))

    def verify(candidate: object) -> Verification:
        text = candidate.dockerfile  # type: ignore[attr-defined]
        tried.append(text.removeprefix(HEAD))
        return outcome(owner("/srv/x")) if "chmod" in text else ill

    done = repair(converted(body), ill, verify)
    assert [one.cause for one in done.repairs] == ["MG411"]
    assert done.conversion.dockerfile == HEAD + "COPY --chmod=0755 --from=builder /out/x x\n"
    assert tried == [
        "COPY --chown=0:0 --from=builder /out/x x\n",
        "COPY --chmod=0755 --from=builder /out/x x\n",
        "COPY --chown=0:0 --chmod=0755 --from=builder /out/x x\n",
    ]


BUILDER = """FROM alpine:latest
RUN mkdir -p /out/www && echo timetable > /out/ferry && chmod 755 /out/ferry && echo page > /out/www/page
RUN chown -R 1000:1000 /out
"""
FINAL = "FROM alpine:latest\nENV HARBOUR=north\nENV PIER=2\nCOPY ferry /srv/\nCOPY www /srv/www\n"
NEW = f"""{BUILDER.replace("latest", "latest AS builder")}
FROM alpine:latest
ENV HARBOUR=north
ENV PIER=2
COPY --from=builder --chown=0:0 /out/ferry /srv/
COPY --from=builder /out/www /srv/www
"""
ONE = (("MG412", "COPY --chown=0:0 --from=builder /out/www /srv/www"),)
FOURFOLD = NEW
for was, now in (
    ("chmod 755", "chmod 700"), ("www /srv/www", "www /srv/www/www"),
    ("ENV HARBOUR=north\nENV PIER=2", "ENV PIER=2\nENV HARBOUR=north"),
):  # fmt: skip
    FOURFOLD = FOURFOLD.replace(was, now)
# An owner shows once the files are where they belong.
FOUR = (
    ("MG411", "COPY --chmod=0755 --from=builder --chown=0:0 /out/ferry /srv/"),
    ("MG417", "COPY --from=builder /out/www /srv/www"),
    ("MG412", "COPY --chown=0:0 --from=builder /out/www /srv/www"),
    ("MG419", "ENV HARBOUR=north"),
)
# Five verifications are for `make test-cases`.
EVERY = pytest.mark.skipif("MIGRATOR_EVERY_CASE" not in os.environ, reason="make test-cases")


@pytest.mark.engine
@pytest.mark.parametrize(
    ("planted", "wanted"),
    [
        (NEW, ONE),
        pytest.param(FOURFOLD, FOUR, marks=EVERY),
    ],
    ids=["one", "four"],
)
def test_a_dockerfile_with_faults_is_repaired_and_proved(
    engine: Engine, tmp_path: Path, planted: str, wanted: tuple[tuple[str, str], ...]
) -> None:
    root = tmp_path / "ferry"
    root.mkdir()
    script = SCRIPT.replace("docker rm", "docker cp ferry-extract:/out/www ./www\ndocker rm")
    for name, text in {"build.sh": script, "Dockerfile.build": BUILDER, "Dockerfile": FINAL}.items():
        (root / name).write_text(text)
    (tmp_path / "mine").write_text(planted)
    done = subprocess.run(
        [sys.executable, "-m", "migrator", "verify", str(root), "--dockerfile", str(tmp_path / "mine"), "--repair",
         "--reuse-cache", "--format", "json", "--report-dir", str(tmp_path / "report")],
        env={**engine.env, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["verdict"] == "identical"
    assert tuple((one["cause"], one["after"]) for one in found["repairs"]) == wanted
    assert found["dockerfile"] == (tmp_path / "report" / "Dockerfile").read_text()
    assert [one["code"] for one in found["diagnostics"]].count("MG472") == len(wanted)
    assert (tmp_path / "mine").read_text() == planted


# A conversion that forgets who owns what comes out of the builder: `migrate` as it is, over a fault of ours.
FORGETFUL = """import importlib
from migrator.cli import main
from migrator.verify.repair import with_text

command = importlib.import_module("migrator.cli.migrate")
right = command.convert_with_trace

def wrong(*given):
    made, trace = right(*given)
    return with_text(made, made.dockerfile.replace("--chown=0:0 ", "")), trace

command.convert_with_trace = wrong
main(prog_name="migrator")
"""


@pytest.mark.engine
def test_migrate_writes_the_dockerfile_that_was_repaired(engine: Engine, tmp_path: Path) -> None:
    root = tmp_path / "ferry"
    root.mkdir()
    final = "FROM alpine:latest\nCOPY ferry /srv/\n"
    for name, text in {"build.sh": SCRIPT, "Dockerfile.build": BUILDER, "Dockerfile": final}.items():
        (root / name).write_text(text)
    done = subprocess.run(
        [sys.executable, "-c", FORGETFUL, "migrate", str(root), "--repair", "--reuse-cache"],
        env={**engine.env, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert {path.name for path in root.iterdir()} == {"Dockerfile"}
    assert "COPY --chown=0:0 --from=builder /out/ferry /srv/\n" in (root / "Dockerfile").read_text()
    assert done.stderr.count("MG472") == 1
    assert "repaired: line" in done.stdout
