"""What one line prints, by the real programs and by us: every line of `lines.txt`, over the same few files."""

from __future__ import annotations

from pathlib import Path

import pytest
from oracle_bash import run_bash
from oracle_compare import differences
from oracle_rows import Row
from test_oracle import run_ours

from migrator.diagnostics import Severity
from migrator.trace.symbols import is_known
from migrator.trace.workspace import Written

SETUP = r"""
printf 'b 2 x\na 1 y\nc 10 x\n\na 1 y\n  lead\ttab\nlast=1=2' > t
printf 'one\ntwo\nthree\n' > u
mkdir -p d/sub e
echo in > d/f; echo deep > d/sub/g; echo h > d/.h
printf '#!/bin/sh\necho hi\n' > run.sh; chmod 755 run.sh
"""
LINES = Path(__file__).with_name("lines.txt").read_text(encoding="utf-8").splitlines()
AT_ONCE = 20


@pytest.mark.parametrize("first", range(0, len(LINES), AT_ONCE))
def test_a_line_prints_what_the_real_programs_print(first: int, tmp_path: Path) -> None:
    lines = LINES[first : first + AT_ONCE]
    work = "".join(f"(\n{line}\n) > e/{first + number}\n" for number, line in enumerate(lines))
    row = Row("", f"#!/bin/bash\n{SETUP}{work}docker build -t a .\n")
    recorded = run_bash(row, tmp_path)
    outcome = run_ours(row)
    assert not any(item.severity is Severity.ERROR for item in outcome.diagnostics)
    assert len(outcome.worlds) == 1
    unknown = [
        line
        for number, line in enumerate(lines)
        if not isinstance(outcome.worlds[0].workspace.find(f"{outcome.root}/e/{first + number}"), Written)
    ]
    assert not unknown
    assert not differences(row, outcome, outcome.worlds[0], recorded)


@pytest.mark.parametrize(
    "line",
    [
        "grep -E '\\d' t",
        "grep -o 'a|ab' t | grep -oE 'x(y|yz)' ",
        "sed -E 's/(a|ab)(c|bcd)/X/' t",
        "awk -F'[ =]' '{print $2}' t",
        "awk -Ft '{print $2}' u",
        "grep -r in d",
        "mapfile -n 1 A < u; echo ${A[@]}",
        "xargs -a u echo",
        "cp -v t n",
        "mv -v t n",
        "mkdir -pv q/w",
        "rm -rfv d",
    ],
)
def test_what_is_not_read_exactly_is_not_known(line: str) -> None:
    outcome = run_ours(Row("", f"#!/bin/bash\n{SETUP}{line} > e/answer\ndocker build -t a .\n"))
    found = outcome.worlds[0].workspace.find(f"{outcome.root}/e/answer")
    assert not (isinstance(found, Written) and is_known(found.text))
