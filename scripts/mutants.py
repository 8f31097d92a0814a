"""Mutation testing: one small change of a module at a time, and whether the tests of that module see it.

    scripts/mutants.py --set dockerfile --sample 200 --seed 1 --out mutants.jsonl

A set is some modules and the tests that are theirs. Mutants are drawn at random, with a seed. Each is one changed
expression; a process that holds all that the tests need is forked for each, so that a mutant costs its tests and
little more: inside of a function those that reach the function (`mutants_in_place.py`), elsewhere all. A mutant is
killed where a test fails, or where the tests take many times as long (slow).
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import io
import json
import os
import random
import signal
import sys
import time
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "migrator"
SETS = {
    "dockerfile": (
        ["dockerfile/*.py"],
        ["tests/dockerfile", "tests/test_cases.py", "tests/fuzz/test_found_by_fuzz.py", "tests/fuzz/hostile"],
    ),
    "migration": (
        ["migration/*.py"],
        [
            "tests/migration",
            "tests/frontends",
            "tests/repository",
            "tests/advise",
            "tests/cli/test_convert_command.py",
            "tests/report/test_json_report.py",
            "tests/fuzz/test_found_by_fuzz.py",
            "tests/fuzz/test_found_on_the_host.py",
            "tests/test_cases.py",
        ],
    ),
    "compare": (
        ["verify/compare.py"],
        ["tests/verify/test_compare.py", "tests/verify/test_set_aside.py"],
    ),
}  # fmt: skip

_COMPARED: dict[type[ast.cmpop], str] = {
    ast.Eq: "!=", ast.NotEq: "==", ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.In: "not in",
    ast.NotIn: "in", ast.Is: "is not", ast.IsNot: "is",
}  # fmt: skip
_COMPUTED: dict[type[ast.operator], str] = {
    ast.Add: "-", ast.Sub: "+", ast.Mult: "+", ast.BitAnd: "|", ast.BitOr: "&", ast.Mod: "*", ast.FloorDiv: "*",
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One change: the characters [start, end) of a module, and what stands there instead."""

    module: str
    kind: str
    line: int
    start: int
    end: int
    text: str

    def applied(self, source: str) -> str:
        """The module with the change."""
        return source[: self.start] + self.text + source[self.end :]


class _Finder(ast.NodeVisitor):
    """Every change of one module."""

    def __init__(self, module: str, source: str) -> None:
        self.module, self.source = module, source
        self.starts = [0]
        for line in source.encode().split(b"\n"):
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.data = source.encode()
        self.found: list[Mutant] = []

    def place(self, node: ast.AST) -> tuple[int, int]:
        """Where a node stands, in characters."""
        start = self.starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
        end = self.starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]
        return len(self.data[:start].decode()), len(self.data[:end].decode())

    def shown(self, node: ast.AST) -> str:
        start, end = self.place(node)
        return self.source[start:end]

    def put(self, kind: str, node: ast.AST, text: str) -> None:
        start, end = self.place(node)
        self.found.append(Mutant(self.module, kind, node.lineno, start, end, text))  # type: ignore[attr-defined]

    def visit_Compare(self, node: ast.Compare) -> None:
        if len(node.ops) == 1:
            operator = _COMPARED[type(node.ops[0])]
            self.put("compare", node, f"({self.shown(node.left)} {operator} {self.shown(node.comparators[0])})")
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        values = [f"({self.shown(value)})" for value in node.values]
        word = " or " if isinstance(node.op, ast.And) else " and "
        self.put("and-or", node, "(" + word.join(values) + ")")
        for number in range(len(values)):
            rest = [value for index, value in enumerate(values) if index != number]
            old = " and " if isinstance(node.op, ast.And) else " or "
            self.put("part-left-out", node, "(" + old.join(rest) + ")")
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not):
            self.put("not", node, f"({self.shown(node.operand)})")
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        text = isinstance(node.left, ast.Constant | ast.JoinedStr) or isinstance(node.right, ast.JoinedStr)
        operator = _COMPUTED.get(type(node.op))
        if operator is not None and not text:
            self.put("arithmetic", node, f"({self.shown(node.left)} {operator} {self.shown(node.right)})")
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self.put("choice", node, f"({self.shown(node.orelse)} if {self.shown(node.test)} else {self.shown(node.body)})")
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        self.put("if", node.test, f"(not ({self.shown(node.test)}))")
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, bool):
            self.put("constant", node, str(not node.value))
        elif isinstance(node.value, int):
            self.put("constant", node, str(node.value + 1))
        elif isinstance(node.value, str) and node.value and node.lineno == node.end_lineno:
            self.put("text", node, repr(node.value + "X"))

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
            self.put("return", node, "return None")
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Call):
            self.put("call-left-out", node, "pass")
        if not isinstance(node.value, ast.Constant):  # no docstrings
            self.generic_visit(node)

    def visit_Continue(self, node: ast.Continue) -> None:
        self.put("continue", node, "break")

    def visit_Break(self, node: ast.Break) -> None:
        self.put("break", node, "continue")

    def visit_Raise(self, node: ast.Raise) -> None:
        """What an exception says is not looked at."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.visit(default)
        for statement in node.body:
            self.visit(statement)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """A change inside of one cannot be placed; the whole text is one."""
        self.put("text", node, f"({self.shown(node)} + 'X')")


def mutants(module: str) -> list[Mutant]:
    """Every change of a module that still is Python, apart from imports for type checking."""
    source = (PACKAGE / module).read_text(encoding="utf-8")
    tree = ast.parse(source)
    tree.body = [
        node for node in tree.body
        if not (isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING")
        and not (isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__")
    ]  # fmt: skip
    finder = _Finder(module, source)
    finder.visit(tree)
    return [mutant for mutant in finder.found if _compiles(mutant.applied(source))]


def _compiles(text: str) -> bool:
    try:
        compile(text, "mutant", "exec")
    except (SyntaxError, ValueError):
        return False
    return True


def tested(tests: list[str], mutant: Mutant | None, seconds: float) -> tuple[str, str, float]:
    """What the tests say of a mutant (or of the package as it is): killed, survived, slow; the last words; how long."""
    reading, writing = os.pipe()
    begun = time.monotonic()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.setsid()
        _run(tests, mutant, writing)
    os.close(writing)
    signal.signal(signal.SIGALRM, lambda *_: _kill(child))
    signal.setitimer(signal.ITIMER_REAL, seconds)
    with os.fdopen(reading, "rb") as source:
        said = source.read().decode("utf-8", "replace")
    _, status = os.waitpid(child, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    took = time.monotonic() - begun
    if os.WIFSIGNALED(status):
        return "slow", "", took
    return ("survived" if os.waitstatus_to_exitcode(status) == 0 else "killed"), said, took


def _kill(child: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)


def _run(tests: list[str], mutant: Mutant | None, writing: int) -> None:
    """In a child: loads the package with the change, runs the tests, and ends with their exit code."""
    import pytest  # noqa: PLC0415 - a child's own

    code, said = 99, io.StringIO()
    try:
        if mutant is not None:
            _install(mutant)
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            options = [
                "-x",
                "-q",
                "-p",
                "no:cacheprovider",
                "--tb=no",
                "-W",
                "ignore::pytest.PytestAssertRewriteWarning",
            ]
            code = pytest.main([*options, *tests])
    except BaseException as error:  # noqa: BLE001 - whatever it is, the child ends here
        said.write(repr(error))
    finally:
        os.write(writing, said.getvalue()[-1000:].encode())
        os._exit(int(code))


def _install(mutant: Mutant) -> None:
    """Makes the import system give the changed module."""
    from importlib.machinery import SourceFileLoader  # noqa: PLC0415 - a child's own

    path = str(PACKAGE / mutant.module)
    changed = mutant.applied(Path(path).read_text(encoding="utf-8")).encode()
    before_data, before_code = SourceFileLoader.get_data, SourceFileLoader.get_code

    def get_data(self: SourceFileLoader, wanted: str) -> bytes:
        return changed if str(wanted) == path else before_data(self, wanted)

    def get_code(self: SourceFileLoader, name: str) -> object:
        if self.path == path:
            return compile(changed, path, "exec", dont_inherit=True)
        return before_code(self, name)

    SourceFileLoader.get_data, SourceFileLoader.get_code = get_data, get_code  # type: ignore[assignment, method-assign]


def _warm() -> None:
    """Loads what every test needs and no mutant changes."""
    for name in ("pytest", "hypothesis.strategies", "bashlex.parser", "dockerfile_parse", "jsonschema",
                 "click", "rich", "_pytest.assertion.rewrite", "tomllib"):  # fmt: skip
        with contextlib.suppress(ImportError):
            __import__(name)


def _in_place(tests: list[str], chosen: list[Mutant], seconds: float) -> Iterator[tuple[int, str, int, float]]:
    """Each mutant's number, what came of it, its tests and their seconds; "outside" where it is not in a function."""
    reading, writing = os.pipe()
    if not os.fork():
        os.close(reading)
        import pytest  # noqa: PLC0415 - a child's own
        from mutants_in_place import InPlace  # noqa: PLC0415

        with os.fdopen(writing, "w", buffering=1) as out:

            def told(number: int, verdict: str, many: int, took: float) -> None:
                out.write(json.dumps([number, verdict, many, took]) + "\n")

            plugin = InPlace(PACKAGE, chosen, told, seconds)
            quiet = ["-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
            code = pytest.main([*quiet, "-m", "not engine", *tests], [plugin])
        os._exit(int(code))
    os.close(writing)
    with os.fdopen(reading) as lines:
        for line in lines:
            yield tuple(json.loads(line))
    if os.waitstatus_to_exitcode(os.wait()[1]):
        sys.exit("the tests do not pass with nothing changed")


def _outside(tests: list[str], chosen: list[tuple[int, Mutant]], end: float) -> Iterator[tuple[int, str, int, float]]:
    """The same of mutants outside of functions: the package is loaded anew for each."""
    if not chosen:
        return
    verdict, said, usual = tested(tests, None, 3600)
    if verdict != "survived":
        sys.exit(said)
    for number, mutant in chosen:
        if time.monotonic() > end:
            return
        verdict, _, took = tested(tests, mutant, max(30, usual * 2))
        yield number, verdict, -1, took


def main() -> None:
    """Draws mutants and tells of each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=SETS, required=True)
    parser.add_argument("--sample", type=int, default=0, help="how many, drawn at random; 0 for all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="modules whose path has this in it")
    parser.add_argument("--seconds", type=float, default=0, help="stop after so long")
    parser.add_argument("--out", default="", help="a file that gets a line of JSON for each")
    parser.add_argument("--again", default="", help="such a file: those that survived in it, in place of a sample")
    given = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    os.chdir(ROOT)
    os.environ.update(HYPOTHESIS_PROFILE="default", PYTHONDONTWRITEBYTECODE="1")
    globs, tests = SETS[given.set]
    _warm()
    modules = sorted({str(path.relative_to(PACKAGE)) for glob in globs for path in PACKAGE.glob(glob)})
    everything = [mutant for module in modules if given.only in module for mutant in mutants(module)]
    chosen = random.Random(given.seed).sample(everything, min(given.sample or len(everything), len(everything)))  # noqa: S311
    if given.again:
        chosen = _survivors(given.again, everything)
    print(f"{len(everything)} mutants, {len(chosen)} drawn", flush=True)
    end = time.monotonic() + (given.seconds or 1e9)
    counts: dict[str, int] = {}
    outside: list[tuple[int, Mutant]] = []
    for number, verdict, many, took in chain(_in_place(tests, chosen, given.seconds), _outside(tests, outside, end)):
        if verdict == "outside":
            outside.append((number, chosen[number]))
            continue
        counts[verdict] = counts.get(verdict, 0) + 1
        _tell(
            number, chosen[number], verdict, f"{many} tests, {took:.1f} s" if many >= 0 else f"{took:.1f} s", given.out
        )
    tried = sum(counts.values())
    killed = counts.get("killed", 0) + counts.get("slow", 0)
    print(f"{tried} tried, {killed} killed ({killed / max(1, tried):.0%}); {counts}")


def _survivors(path: str, everything: list[Mutant]) -> list[Mutant]:
    """Those of a file's that survived and are still there: a module that was changed since then has others."""
    told = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]
    open_ones = {
        (one["module"], one["start"], one["end"], one["text"])
        for one in told
        if one["verdict"] not in {"killed", "slow"}
    }
    return [one for one in everything if (one.module, one.start, one.end, one.text) in open_ones]


def _tell(number: int, mutant: Mutant, verdict: str, cost: str, out: str) -> None:
    source = (PACKAGE / mutant.module).read_text(encoding="utf-8")
    was = source[mutant.start : mutant.end]
    line = f"{number} {verdict} {mutant.module}:{mutant.line} {mutant.kind} {cost}"
    if verdict not in {"killed", "slow"}:
        line += f"\n    - {was}\n    + {mutant.text}"
    print(line, flush=True)
    if out:
        with Path(out).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"verdict": verdict, **vars(mutant), "was": was}) + "\n")


if __name__ == "__main__":
    main()
