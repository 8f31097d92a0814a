"""Files of tasks for Invoke and Fabric: a part is a task, which is run as Python and not as shell text.

https://docs.pyinvoke.org/en/stable/concepts/namespaces.html, section "Default tasks", tells how tasks are named.
"""

from __future__ import annotations

import ast
import posixpath
import re
import shutil
from functools import lru_cache
from typing import TYPE_CHECKING

from migrator.frontends.program import Program
from migrator.source import Derived, Piece, Source

if TYPE_CHECKING:
    from migrator.project import Project

_LIBRARIES = ("invoke", "fabric")
_MAY_HOLD = re.compile(r"(?m)^[ \t]*(?:from|import)[ \t]+(?:invoke|fabric)\b")


def is_tasks(project: Project, path: str) -> bool:
    """Whether a file has tasks at its top, and is no program that is started as such."""
    return bool(tasks(project, path))


def tasks(project: Project, path: str) -> list[str]:
    """The tasks of a file, by the names that they are called by; the one that runs when none is named stands first."""
    if not path.endswith(".py") or posixpath.basename(path) == "__init__.py":
        return []
    text = project.text(path) or ""
    return list(_names(text)) if _MAY_HOLD.search(text) and "__main__" not in text else []


def program(project: Project, path: str, part: str, args: tuple[str, ...]) -> Program:
    """The file itself, and which of its tasks to run."""
    source = Source(path, project.text(path) or "")
    whole = source.span(0, len(source.text))
    named = Derived(f"{path}:{part}", source.text, pieces=(Piece(0, whole, exact=True),))
    return Program(named, args, task=part)


def command(path: str, part: str, args: tuple[str, ...]) -> tuple[str, ...]:
    """The program that runs a task for real, from the repository's root."""
    folder, name = posixpath.split(posixpath.splitext(path)[0])
    words = ("invoke",) if shutil.which("invoke") else ("python3", "-m", "invoke")
    return (*words, "--search-root", folder or ".", "--collection", name, part, *args)


def called(name: str) -> str:
    """The name that a task is called by: with dashes in the place of underscores inside of it."""
    return name[:1] + name[1:-1].replace("_", "-") + name[-1:] if len(name) > 1 else name


@lru_cache(maxsize=256)
def _names(text: str) -> tuple[str, ...]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return ()
    marks, modules = _imported(tree)
    found: list[str] = []
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef):
            continue
        for decorator in node.decorator_list:
            mark = decorator.func if isinstance(decorator, ast.Call) else decorator
            if ast.unparse(mark) in marks or ast.unparse(mark) in {f"{module}.task" for module in modules}:
                name = _told(decorator, "name")
                first = _told(decorator, "default") is True
                found.insert(0 if first else len(found), called(name if isinstance(name, str) else node.name))
    return tuple(dict.fromkeys(found))


def _imported(tree: ast.Module) -> tuple[set[str], set[str]]:
    """The names that stand for the decorator of tasks, and those of modules that have it."""
    marks, modules = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in {*_LIBRARIES, *(f"{one}.tasks" for one in _LIBRARIES)}:
            marks |= {one.asname or one.name for one in node.names if one.name == "task"}
        if isinstance(node, ast.Import):
            modules |= {one.asname or one.name for one in node.names if one.name in _LIBRARIES}
    return marks, modules


def _told(decorator: ast.expr, option: str) -> object:
    """What a decorator says of a task by a constant."""
    for one in decorator.keywords if isinstance(decorator, ast.Call) else ():
        if one.arg == option and isinstance(one.value, ast.Constant):
            return one.value.value
    return None


__all__ = ["called", "command", "is_tasks", "program", "tasks"]
