"""Filename expansion against the symbolic workspace (Bash Reference Manual 3.5.8)."""

from __future__ import annotations

import posixpath
import re

from migrator.commands.matching import fits, is_pattern
from migrator.commands.patterns import unquote_pattern
from migrator.trace.symbols import is_known, is_symbol
from migrator.trace.workspace import Ambiguous, Carried, Folder, Mystery, Workspace, known_names, overlays_of


def glob(workspace: Workspace, cwd: str, pattern: str, *, dotfiles: bool = False) -> list[str] | None:
    """The paths that match, sorted as bash sorts them in the C locale; None when they cannot be known.

    Names that begin with a dot are matched by a pattern that begins with one, and by any with `dotfiles`.
    """
    parts = re.findall(r"([^/]+)(/*)", pattern)
    root = re.match("/*", pattern)
    found = [(root[0], "/")] if root and root[0] else [("", cwd)]
    for index, (part, slashes) in enumerate(parts):
        last = index == len(parts) - 1
        step: list[tuple[str, str]] = []
        for shown, path in found:
            names = _matching(workspace, path, part, folders_only=bool(slashes))
            if names is None:
                return None
            if not dotfiles and is_pattern(part) and not part.startswith((".", "\\.")):
                names = [name for name in names if not name.startswith(".")]
            end = slashes[:1] if last else slashes
            step.extend((f"{shown}{name}{end}", _below(workspace, path, name)) for name in names)
        found = step
    return sorted(shown for shown, _ in found)


def _below(workspace: Workspace, path: str, name: str) -> str:
    """The path of a name in a folder; what is above a folder is above the one to which a link leads."""
    if name == ".":
        return path
    return posixpath.dirname(workspace.resolve(path)) if name == ".." else f"{path.rstrip('/')}/{name}"


def _matching(workspace: Workspace, path: str, part: str, *, folders_only: bool) -> list[str] | None:
    if not is_pattern(part):
        name = unquote_pattern(part)
        if name in (".", ".."):
            return [name]
        there = workspace.exists(f"{path}/{name}")
        return [name] if there or there is None else []
    folder = workspace.behind(path)
    if isinstance(folder, Carried | Mystery | Ambiguous):
        return None
    if not isinstance(folder, Folder):
        return []
    if overlays_of(folder) or not is_known(part):
        return None
    names = [name for name in known_names(folder) if fits(name, part, path=True)]
    if any(not is_known(name) and name not in names and _may_fit(name, part) for name in known_names(folder)):
        return None
    if folders_only:
        names = [name for name in names if workspace.is_folder(f"{path}/{name}") is not False]
    return sorted(names)


def _may_fit(name: str, part: str) -> bool:
    """Whether a name that the run gives in part may match: what it begins and ends with says that it does not."""
    known = "".join("\0" if is_symbol(character) else character for character in name).split("\0")
    fixed = re.split(r"[*?\[\\(@+!]", part)
    front, back = sorted((known[0], fixed[0]), key=len), sorted((known[-1], fixed[-1]), key=len)
    is_open = re.search(r"[\])]", part) is not None  # what a bracket closes is no end of a name
    return front[1].startswith(front[0]) and (is_open or back[1].endswith(back[0]))
