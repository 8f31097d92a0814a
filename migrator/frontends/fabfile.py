"""Files of tasks for Fabric 1 (`from fabric.api import local`): a part is a function that `fab` can run by its name.

https://docs.fabfile.org/en/1.15/usage/tasks.html
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

_FIRST = re.compile(r"(?m)^[ \t]*(?:from|import)[ \t]+fabric\.(?:api|operations|decorators|context_managers|state)\b")
_MARKS = ("fabric.api.task", "fabric.decorators.task")


def is_fabfile(project: Project, path: str) -> bool:
    """Whether a file has tasks for Fabric 1, and is no program that is started as such."""
    return bool(tasks(project, path))


def tasks(project: Project, path: str) -> list[str]:
    """The tasks of a file; where it marks none, they are its functions, if it is a fabfile by its name."""
    if not path.endswith(".py") or posixpath.basename(path) == "__init__.py":
        return []
    text = project.text(path) or ""
    if not is_first(text) or "__main__" in text:
        return []
    marked, others = _names(text)
    return list(marked or (others if posixpath.basename(path).startswith("fabfile") else ()))


def is_first(text: str) -> bool:
    """Whether a program uses Fabric 1; the modules of Fabric 2 have other names."""
    return _FIRST.search(text) is not None


def program(project: Project, path: str, part: str, args: tuple[str, ...]) -> Program:
    """The file itself, and which of its tasks to run."""
    source = Source(path, project.text(path) or "")
    whole = source.span(0, len(source.text))
    named = Derived(f"{path}:{part}", source.text, pieces=(Piece(0, whole, exact=True),))
    return Program(named, args, task=part)


def command(path: str, part: str, args: tuple[str, ...]) -> tuple[str, ...]:
    """The program that runs a task for real, from the repository's root."""
    words = ("fab",) if shutil.which("fab") else ("python3", "-m", "fabric")
    given = ",".join(one.replace("\\", "\\\\").replace(",", "\\,") for one in args)
    return (*words, "--fabfile", path, f"{part}:{given}" if given else part)


@lru_cache(maxsize=256)
def _names(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The functions that are marked as tasks, and the others that may be ones."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return (), ()
    imported = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("fabric")
        for alias in node.names
    }
    star = any(
        isinstance(node, ast.ImportFrom) and node.module == "fabric.api" and node.names[0].name == "*"
        for node in ast.walk(tree)
    )
    marked: list[str] = []
    others: list[str] = []
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        marks = (one.func if isinstance(one, ast.Call) else one for one in node.decorator_list)
        names = [ast.unparse(one) for one in marks]
        is_task = any(imported.get(one, one) in _MARKS or (star and one == "task") for one in names)
        (marked if is_task else others).append(node.name)
    return tuple(marked), tuple(others)


__all__ = ["command", "is_fabfile", "is_first", "program", "tasks"]
