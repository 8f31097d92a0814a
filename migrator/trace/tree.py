"""The files of a project as the folders that a script finds."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from migrator.trace.budget import is_too_deep
from migrator.trace.symbols import is_known
from migrator.trace.workspace import Entries, Folder, Link, RepoFile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.project import Project
    from migrator.trace.workspace import Node


def checkout(project: Project) -> Folder:
    """The repository's files as one tree of folders, each still `origin`al.

    Names that look like values and files that lie too deep are not in it; the run has a finding that says so.
    """
    folders: dict[str, dict[str, Node | None]] = {"": {}}

    def folder(path: str) -> dict[str, Node | None]:
        if path not in folders:
            folders[path] = {}
            folder(posixpath.dirname(path))
        return folders[path]

    for path, kind in project.files.items():
        if not is_known(path) or is_too_deep(path):
            continue
        parent, name = posixpath.split(path)
        node: Node = Link(project.links[path]) if path in project.links else RepoFile(path, kind == "executable")
        folder(parent)[name] = node
    return _assemble(folders)


def _assemble(folders: Mapping[str, dict[str, Node | None]]) -> Folder:
    made: dict[str, Folder] = {}
    for path in sorted(folders, key=lambda p: (-p.count("/"), p == "", p)):
        made[path] = Folder((Entries(folders[path]),), path)
        if path:
            parent, name = posixpath.split(path)
            folders[parent][name] = made[path]
    return made[""]
