"""An image in place of the script, running both images, and what the report folder holds; with a real engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from verify_bench import NEW, REPOSITORY, RUNTIME, converted, prove

from migrator.errors import UsageError
from migrator.verify.arms import VerifyOptions
from migrator.verify.verdict import Verdict, Verification

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Engine

pytestmark = pytest.mark.engine

TOUCH = {**REPOSITORY, "build.sh": "echo the script was run; exit 1\n"}
IMAGE = "migrator-test-against:1"


def verified(engine: Engine, legacy: str, new: str, **fields: object) -> Verification:
    options = VerifyOptions(timeout=300, **fields)  # type: ignore[arg-type]
    outcome = prove(engine, {**REPOSITORY, "Dockerfile": RUNTIME + legacy}, converted(NEW + new), options)
    assert isinstance(outcome, Verification), outcome
    return outcome


def counted(outcome: Verification) -> set[tuple[str, str]]:
    return {(one.aspect, one.cause or "") for one in outcome.differences if not one.set_aside}


def test_an_image_takes_the_place_of_the_script(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(NEW)
    engine.docker("build", "-q", "-t", IMAGE, ".", cwd=tmp_path)
    before = engine.holdings()
    try:
        options = VerifyOptions(timeout=300, against=IMAGE)
        same = prove(engine, TOUCH, options=options)
        assert same.verdict is Verdict.IDENTICAL
        assert "MG443" in {found.code for found in same.diagnostics}
        other = prove(engine, TOUCH, converted(NEW + "RUN echo > /more\n"), options)
        assert isinstance(other, Verification)
        assert other.verdict is Verdict.DIFFERENT
        assert counted(other) == {("extra", "MG418")}
        with pytest.raises(UsageError, match="no image"):
            prove(engine, TOUCH, options=VerifyOptions(against="migrator-test-absent"))
        assert engine.holdings() == before
        assert engine.interface.named("migrator-test-against")
    finally:
        engine.docker("rmi", "-f", IMAGE)


def test_running_both_images_shows_what_they_do(engine: Engine) -> None:
    before = engine.holdings()
    assert verified(engine, "", "", smoke="cat /root/ferry").verdict is Verdict.IDENTICAL
    both = [f"RUN printf '{text}' > /run.sh\n" for text in ("echo fine", "echo bad; exit 3")]
    outcome = verified(engine, *both, smoke="sh /run.sh")
    assert {("smoke.exit", "MG444"), ("smoke.output", "MG444")} <= counted(outcome)
    (code,) = [one for one in outcome.differences if one.aspect == "smoke.exit"]
    assert (code.legacy, code.new) == ("exit code 0", "exit code 3")
    assert engine.holdings() <= before


def test_what_an_image_prints_anew_each_time_is_set_aside_and_it_has_no_network(engine: Engine) -> None:
    outcome = verified(engine, "", "", smoke="cat /proc/sys/kernel/random/uuid")
    assert outcome.verdict is Verdict.NONDETERMINISTIC
    assert {(one.aspect, one.cause) for one in outcome.differences if one.aspect.startswith("smoke")} == {
        ("smoke.output", "MG403")
    }
    network = "sh -c 'ls /sys/class/net | grep -v lo && exit 1; exit 0'"
    assert verified(engine, 'CMD ["false"]\n', 'CMD ["false"]\n', smoke=network).verdict is Verdict.IDENTICAL


def test_the_report_folder_has_both_copies_of_what_differs(engine: Engine, tmp_path: Path) -> None:
    contents = ["RUN mkdir /d; echo a > /d/x\n", "RUN mkdir /d; echo b > /d/x\n"]
    outcome = verified(engine, *contents, records=tmp_path / "report")
    assert outcome.verdict is Verdict.DIFFERENT
    files = tmp_path / "report" / "files"
    assert (files / "legacy/d/x").read_text() == "a\n"
    assert (files / "new/d/x").read_text() == "b\n"
    assert {path.name for path in files.rglob("*") if path.is_file()} == {"x"}
    assert {"legacy.log", "new.log", "legacy.calls.jsonl"} <= {path.name for path in (tmp_path / "report").iterdir()}
