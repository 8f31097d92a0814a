"""The shape of the source: which way imports point, who may touch what is foreign, and how long things may be.

Every check is a function from a source tree to findings, so that each is also run on a tree with a planted fault.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from migrator.rules import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parent.parent
PACKAGE = "migrator"
PAGES = ROOT / "docs" / "reference" / "rules"

# What stands later may import what stands earlier; equals may not import each other.
ORDER = (
    ("source", "errors"),
    ("diagnostics",),
    ("rules",),
    ("project",),
    ("checkout", "writing"),
    ("frontends",),
    ("shell", "python"),
    ("dockerfile",),
    ("dockercli",),
    ("trace",),
    ("commands",),
    ("interpret",),
    ("migration",),
    ("engine",),
    ("verify",),
    ("repository",),
    ("split",),
    ("advise",),
    ("organisation",),
    ("report",),
    ("batch",),
    ("cli",),
)
RANK = {name: rank for rank, names in enumerate(ORDER) for name in names}
DOORS = {
    "bashlex": "shell/parse.py",
    "distributed": "batch/executors.py",
    "dockerfile_parse": "dockerfile/parse.py",
    "elftools": "verify/formats/programs.py",
    "libcst": "python/parse.py",
    "ruamel": "frontends/ci/tree.py",
    "sqlite3": "batch/journal.py",
    "subprocess": "engine/process.py",
    "multiprocessing": "engine/process.py",
    "pty": "engine/process.py",
}
STARTERS = re.compile(r"os\.(system|popen|fork\w*|exec\w*|spawn\w*|posix_spawn\w*)|asyncio\.create_subprocess_\w+")
LONGEST_FUNCTION = 60
LONGEST_MODULE = 400
VAGUE = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc"}


@dataclass(frozen=True)
class Module:
    """One source file: its path inside the package, its text and its tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def part(self) -> str:
        return self.path.split("/")[0].removesuffix(".py")


def modules(root: Path) -> list[Module]:
    found = []
    for path in sorted(root.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        found.append(Module(path.relative_to(root).as_posix(), text, ast.parse(text, str(path))))
    return found


def imported(module: Module) -> Iterator[tuple[int, str]]:
    """Every import of a module, also those inside functions, as line and absolute dotted name."""
    here = [PACKAGE, *module.path.split("/")[:-1]]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            # `from migrator import cli` names its module only in the list.
            yield from ((node.lineno, f"{stem}.{alias.name}") for alias in node.names)


def wrong_way_imports(root: Path) -> list[str]:
    found = []
    for module in modules(root):
        if module.part in {"__init__", "__main__"}:
            continue
        if module.part not in RANK:
            found.append(f"{module.path}: {module.part} has no place in the order of imports")
            continue
        for line, name in imported(module):
            parts = name.split(".")
            if parts[0] != PACKAGE or len(parts) < 2 or parts[1] == module.part or parts[1].startswith("__"):
                continue
            if parts[1] not in RANK or RANK[parts[1]] >= RANK[module.part]:
                found.append(f"{module.path}:{line} imports {parts[1]}")
    return found


def cycles(root: Path) -> list[str]:
    """Modules that reach themselves through imports that run on loading."""
    known = {
        ".".join([PACKAGE, *m.path.removesuffix(".py").split("/")]).removesuffix(".__init__"): m for m in modules(root)
    }
    edges = {
        name: {target for _, full in loaded(m) for target in resolved(full, known) if target != name}
        for name, m in known.items()
    }
    reached = {name: set(targets) for name, targets in edges.items()}
    for middle, beyond in reached.items():
        for targets in reached.values():
            if middle in targets:
                targets.update(beyond)
    return sorted(name for name, targets in reached.items() if name in targets)


def loaded(module: Module) -> Iterator[tuple[int, str]]:
    """The imports that run when the module is loaded: not those for type checkers, not those inside functions."""
    late: set[int] = set()
    for node in ast.walk(module.tree):
        checking = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        if checking or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            late |= {inner.lineno for inner in ast.walk(node) if isinstance(inner, ast.Import | ast.ImportFrom)}
    return ((line, name) for line, name in imported(module) if line not in late)


def resolved(full: str, known: dict[str, Module]) -> list[str]:
    """The module that a dotted name belongs to: itself, or the module that defines it."""
    return next(([name] for name in (full, full.rpartition(".")[0]) if name in known), [])


def wrong_doors(root: Path) -> list[str]:
    found = []
    for module in modules(root):
        names = list(imported(module))
        for line, name in names:
            door = DOORS.get(name.split(".")[0])
            if door is not None and module.path != door:
                found.append(f"{module.path}:{line} imports {name}; its door is {door}")
        if module.path != DOORS["subprocess"]:
            found += process_starts(module)
    return found


def process_starts(module: Module) -> list[str]:
    """Calls of the standard library that start a process without the subprocess module, however imported."""
    calls = [
        f"{module.path}:{node.lineno} starts a process with {ast.unparse(node.func)}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and STARTERS.fullmatch(ast.unparse(node.func))
    ]
    return calls + [
        f"{module.path}:{line} imports {name}" for line, name in imported(module) if STARTERS.fullmatch(name)
    ]


def too_long(root: Path) -> list[str]:
    found = []
    for module in modules(root):
        lines = module.text.count("\n")
        if lines > LONGEST_MODULE:
            found.append(f"{module.path} has {lines} lines")
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    found.append(f"{module.path}:{node.lineno} {node.name} has {length} lines")
    return found


def vague_names(root: Path) -> list[str]:
    return [module.path for module in modules(root) if set(module.path.removesuffix(".py").split("/")) & VAGUE]


def undocumented(root: Path) -> list[str]:
    found = []
    for module in modules(root):
        if module.text.strip() and ast.get_docstring(module.tree) is None:
            found.append(f"{module.path} has no docstring")
        found += [f"{module.path}:{line} {name} has no docstring" for line, name in undocumented_in(module.tree)]
    return found


def undocumented_in(owner: ast.Module | ast.ClassDef) -> Iterator[tuple[int, str]]:
    for node in owner.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        # The variants of an overload say nothing; the implementation that follows them does.
        if any("overload" in ast.unparse(decorator) for decorator in node.decorator_list):
            continue
        if ast.get_docstring(node) is None:
            yield node.lineno, node.name
        if isinstance(node, ast.ClassDef):
            yield from undocumented_in(node)


def pages_that_disagree(pages: Path, codes: set[str]) -> list[str]:
    """Codes without a page, pages without a code, and pages that do not begin with their code."""
    written = {path.stem: path for path in pages.glob("MG*.md")}
    found = [f"{code} has no page" for code in sorted(codes - written.keys())]
    found += [f"{name}.md is about no code" for name in sorted(written.keys() - codes)]
    for name, path in sorted(written.items()):
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        if not re.match(rf"# {name}\b", first):
            found.append(f"{name}.md does not begin with `# {name}`")
    return found


CHECKS: tuple[Callable[[Path], list[str]], ...] = (
    wrong_way_imports,
    cycles,
    wrong_doors,
    too_long,
    vague_names,
    undocumented,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_source_keeps_the_rule(check: Callable[[Path], list[str]]) -> None:
    assert check(ROOT / PACKAGE) == []


def test_every_rule_has_its_page_and_every_page_its_rule() -> None:
    assert pages_that_disagree(PAGES, set(CATALOGUE)) == []


def test_no_two_rules_share_a_code_or_a_name() -> None:
    defined = re.findall(
        r'= Rule\(\s*(?:code=)?"(MG\d+)"', "".join(p.read_text() for p in (ROOT / PACKAGE / "rules").glob("*.py"))
    )
    assert sorted(defined) == sorted(CATALOGUE)
    names = [rule.name for rule in CATALOGUE.values()]
    assert sorted(names) == sorted(set(names))


LONG_FUNCTION = '"""A module."""\n\n\ndef walk() -> None:\n    """Walks."""\n' + "    print(1)\n" * LONGEST_FUNCTION
FAULTS = [
    (wrong_way_imports, "source.py", "from migrator.cli import main\n", "source.py:1 imports cli"),
    (wrong_way_imports, "shell/a.py", "def f():\n    import migrator.trace.symbols\n", "shell/a.py:2 imports trace"),
    (wrong_way_imports, "shell/a.py", "from migrator import verify\n", "shell/a.py:1 imports verify"),
    (wrong_way_imports, "shell/a.py", "from ..migration import plan\n", "shell/a.py:1 imports migration"),
    (wrong_way_imports, "errors.py", "import migrator.source\n", "errors.py:1 imports source"),
    (wrong_way_imports, "extra.py", "", "extra.py: extra has no place in the order of imports"),
    (
        wrong_doors,
        "shell/lex.py",
        "import bashlex.parser\n",
        "shell/lex.py:1 imports bashlex.parser; its door is shell/parse.py",
    ),
    (
        wrong_doors,
        "cli/a.py",
        "from subprocess import run\n",
        "cli/a.py:1 imports subprocess.run; its door is engine/process.py",
    ),
    (wrong_doors, "cli/a.py", "import os\nos.system('x')\n", "cli/a.py:2 starts a process with os.system"),
    (wrong_doors, "cli/a.py", "from os import execvp\n", "cli/a.py:1 imports os.execvp"),
    (too_long, "a.py", LONG_FUNCTION, f"a.py:4 walk has {LONGEST_FUNCTION + 2} lines"),
    (too_long, "a.py", "x = 1\n" * (LONGEST_MODULE + 1), f"a.py has {LONGEST_MODULE + 1} lines"),
    (vague_names, "shell/utils.py", "", "shell/utils.py"),
    (undocumented, "a.py", "x = 1\n", "a.py has no docstring"),
    (undocumented, "a.py", '"""A."""\n\n\ndef f(): ...\n', "a.py:4 f has no docstring"),
    (
        undocumented,
        "a.py",
        '"""A."""\n\n\nclass C:\n    """C."""\n\n    def f(self): ...\n',
        "a.py:7 f has no docstring",
    ),
]


@pytest.mark.parametrize(
    ("check", "path", "text", "finding"), FAULTS, ids=[f"{f[0].__name__}-{n}" for n, f in enumerate(FAULTS)]
)
def test_check_sees_a_planted_fault(
    check: Callable[[Path], list[str]], path: str, text: str, finding: str, tmp_path: Path
) -> None:
    planted = tmp_path / path
    planted.parent.mkdir(parents=True, exist_ok=True)
    planted.write_text(text, encoding="utf-8")
    assert check(tmp_path) == [finding]


def test_cycles_are_seen_and_imports_for_types_are_not(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("from migrator.b import x\n")
    (tmp_path / "b.py").write_text("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import migrator.a\n")
    assert cycles(tmp_path) == []
    (tmp_path / "b.py").write_text("import migrator.a\n")
    assert cycles(tmp_path) == ["migrator.a", "migrator.b"]


def test_pages_that_disagree_are_seen(tmp_path: Path) -> None:
    (tmp_path / "MG101.md").write_text("# MG101: right\n")
    (tmp_path / "MG102.md").write_text("# wrong\n")
    (tmp_path / "MG103.md").write_text("# MG103\n")
    assert pages_that_disagree(tmp_path, {"MG101", "MG102", "MG104"}) == [
        "MG104 has no page",
        "MG103.md is about no code",
        "MG102.md does not begin with `# MG102`",
    ]
