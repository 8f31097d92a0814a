"""The tables beside the shell's front end are those that bashlex computes."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from bashlex import parser as bashlex_parser
from bashlex import yacc

from migrator.shell.tables import FILE, ready, written

if TYPE_CHECKING:
    from pathlib import Path


class Made(Exception):  # noqa: N818 - it carries values out, and is no error
    def __init__(self, grammar: Any, tables: Any) -> None:  # noqa: ANN401 - bashlex has no types
        self.grammar, self.tables = grammar, tables


@pytest.fixture(scope="module")
def made() -> Made:
    """The grammar and the tables that bashlex's own yacc makes of it."""
    compute = yacc.LRTable

    def caught(grammar: Any, log: Any = None) -> None:  # noqa: ANN401 - as above
        raise Made(grammar, compute(grammar, log))

    yacc.LRTable = caught
    try:
        with pytest.raises(Made) as found:
            yacc.yacc(module=bashlex_parser, debug=False)
    finally:
        yacc.LRTable = compute
    return found.value


def test_the_file_has_what_bashlex_computes(made: Made, request: pytest.FixtureRequest) -> None:
    text = written(made.grammar, made.tables.lr_action, made.tables.lr_goto)
    if request.config.getoption("--update"):
        FILE.write_text(text, encoding="utf-8")
    assert FILE.read_text(encoding="utf-8") == text
    tables = ready(made.grammar)
    assert tables is not None
    assert tables.lr_action == made.tables.lr_action
    assert tables.lr_goto == made.tables.lr_goto
    assert not made.tables.rr_conflicts


def test_tables_of_another_grammar_are_not_taken(made: Made, tmp_path: Path) -> None:
    other = tmp_path / "tables.json"
    other.write_text(json.dumps(json.loads(FILE.read_text(encoding="utf-8")) | {"grammar": "0"}), encoding="utf-8")
    assert ready(made.grammar, other) is None
    other.write_text("{", encoding="utf-8")
    assert ready(made.grammar, other) is None
    assert ready(made.grammar, tmp_path / "nowhere") is None


PARSE = """
import sys
from migrator.shell.parse import parse
from migrator.source import Source
print("bashlex" in sys.modules)
found = parse(Source("a.sh", "for a in b; do if c; then d | e; else ( f; ) & fi; done || { g && h; }\\n"))
import bashlex.yacc
print("bashlex" in sys.modules, bashlex.yacc.LRTable.__name__, bashlex.parse("a; b")[0].kind)
print(found.body)
"""


def test_a_script_is_read_alike_with_the_tables_and_with_those_computed() -> None:
    def printed(program: str) -> list[str]:
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        return done.stdout.splitlines()

    kept, computed = printed(PARSE), printed("import bashlex\n" + PARSE)
    assert kept[:2] == ["False", "True LRTable list"]
    assert kept[1:] == computed[1:]
    assert "Opaque" not in kept[2]


def test_a_script_that_is_no_python_program_loads_no_libcst() -> None:
    program = (
        "import sys; from migrator.project import Project; from migrator.migration.convert import convert\n"
        "print(type(convert(Project.of({'build.sh': 'docker build -t a .\\n', 'Dockerfile': 'FROM b\\n'}))).__name__)\n"
        "print('libcst' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["NotApplicable", "False"]
