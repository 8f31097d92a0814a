"""An image made to harm who reads it: names, links, devices, depth, holes; compared in full, shown escaped, kept in."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from verify_bench import NEW, REPOSITORY, RUNTIME, converted, prove

from migrator.report.junit import render_junit
from migrator.report.verification import render_json, render_text
from migrator.verify.arms import VerifyOptions
from migrator.verify.verdict import Verdict, Verification

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Engine

# Hand-made archives of this kind are read every day (test_archive.py); the engine's are for `make test-cases`.
pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif("MIGRATOR_EVERY_CASE" not in os.environ, reason="make test-cases"),
]

# busybox's sh: a hundred folders deep, names with an escape and a line's end, links out, devices, a pipe, a hole.
MAKE = r"""RUN mkdir /evil && cd /evil \
 && e=$(printf '\033[2J') && n=$(printf 'two\nlines.') && echo {text} > "$e" && echo {text} > "$n" && echo x > ' -rf ' \
 && ln -s ../../../../../etc/shadow out && ln -s / root && ln -s loop loop && mkfifo pipe && mknod null c 1 3 \
 && dd if=/dev/zero of=hole bs=1 count=0 seek=64M 2> /dev/null && chmod 4755 null \
 && d=. && for i in $(seq 100); do d=$d/d; done && mkdir -p $d && echo {text} > $d/deep \
 && for i in $(seq 3000); do echo $i > many$i; done
"""


def test_an_image_that_means_harm_is_compared_and_shown_like_any_other(engine: Engine, tmp_path: Path) -> None:
    files = {**REPOSITORY, "Dockerfile": RUNTIME + MAKE.replace("{text}", "one")}
    records = tmp_path / "report"
    options = VerifyOptions(timeout=300, records=records, explain="/evil/two\nlines.", reuse_cache=True)
    outcome = prove(engine, files, converted(NEW + MAKE.replace("{text}", "two")), options)
    assert isinstance(outcome, Verification), outcome
    assert outcome.verdict is Verdict.DIFFERENT
    deep = "/evil" + "/d" * 100 + "/deep"
    counted = {(one.aspect, one.path) for one in outcome.differences if not one.set_aside}
    assert counted == {("content", path) for path in ("/evil/\x1b[2J", "/evil/two\nlines.", deep)}
    assert outcome.compared > 3100
    text = render_text(outcome)
    assert "/evil/\\x1b[2J" in text
    assert "/evil/two\\x0alines." in text
    assert not any("\x1b" in shown for shown in (text, render_junit(outcome), render_json(outcome)))
    assert outcome.explanation is not None
    assert outcome.explanation.lines[-2:] == ("-one", "+two")
    assert json.loads(render_json(outcome))["explanation"]["path"] == "/evil/two\nlines."
    # Both copies of what differs are inside the folder, as files; nothing of the image has become a link or a device.
    copies = [path for path in records.rglob("*") if not path.is_dir()]
    assert all(path.is_file() and not path.is_symlink() for path in copies)
    assert (records / "files" / "new" / deep.lstrip("/")).read_text() == "two\n"
