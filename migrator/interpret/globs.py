"""Filename expansion against the symbolic workspace (Bash Reference Manual 3.5.8)."""

from __future__ import annotations

from migrator.commands.matching import fits, is_pattern
from migrator.commands.patterns import unquote_pattern
from migrator.trace.symbols import is_known
from migrator.trace.workspace import Ambiguous, Carried, Folder, Mystery, Workspace, known_names, overlays_of


def glob(workspace: Workspace, cwd: str, pattern: str, *, dotfiles: bool = False) -> list[str] | None:
    """The paths that match, sorted as bash sorts them in the C locale; None when they cannot be known.

    Names that begin with a dot are matched by a pattern that begins with one, and by any with `dotfiles`.
    """
    absolute = pattern.startswith("/")
    parts = [part for part in pattern.split("/") if part]
    found = [("/" if absolute else "", "/" if absolute else cwd)]
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        step: list[tuple[str, str]] = []
        for shown, path in found:
            names = _matching(workspace, path, part, folders_only=not last or pattern.endswith("/"))
            if names is None:
                return None
            if not dotfiles and is_pattern(part) and not part.startswith((".", "\\.")):
                names = [name for name in names if not name.startswith(".")]
            step.extend((f"{shown}{name}{'' if last else '/'}", f"{path}/{name}") for name in names)
        found = step
    suffix = "/" if pattern.endswith("/") else ""
    return sorted(shown + suffix for shown, _ in found)


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
    if any(not is_known(name) for name in known_names(folder)):
        names = list(known_names(folder)) if part == "*" else names
    if folders_only:
        names = [name for name in names if workspace.is_folder(f"{path}/{name}") is not False]
    return sorted(names)
