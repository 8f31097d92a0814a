"""Which repository and script a command line means, and what the repository itself says of how to call it."""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from migrator import checkout
from migrator.cli import configuration
from migrator.errors import UsageError
from migrator.frontends.ci.services import root_above
from migrator.frontends.read import named
from migrator.report.display import visible

if TYPE_CHECKING:
    from typing import Any

    from migrator.project import Project

R = TypeVar("R", bound="Any")


@dataclass(frozen=True)
class Subject:
    """What is converted: a folder on disk, its files, and the script where the command line names it."""

    root: Path
    project: Project
    script: str | None


def configured(path: str, request: R) -> tuple[Subject, R]:
    """The subject of a command, and its request with what the repository's configuration file adds to it.

    The command line comes first: its script and its arguments replace those of the file, its variables win over them.
    What a request has no field for is left out.
    """
    subject = find(path, request.script)
    if not request.config:
        return subject, request
    if configuration.NAME not in subject.project.files:
        if (subject.root / configuration.NAME).is_file() and not request.quiet:
            click.echo(f"migrator: {configuration.NAME} is not tracked by git, so it is not read", err=True)
        return subject, request
    found = configuration.read(subject.project)
    if subject.script is None and found.script is not None:
        subject = find(path, found.script)
    given = {
        "script": subject.script,
        "args": request.args or found.args,
        "env": {**found.env, **request.env},
        "strict": found.strict or getattr(request, "strict", False),
        "ignore": (*getattr(request, "ignore", ()), *found.ignore),
        "ignore_mtime": found.ignore_mtime or getattr(request, "ignore_mtime", False),
        "aside": found.aside,
    }
    known = {field.name for field in fields(request)}
    return subject, replace(request, **{name: value for name, value in given.items() if name in known})


def find(path: str, script: str | None) -> Subject:
    """The repository and, where the command line names it, the script; raises UsageError when it is not there.

    A script may also be a part of another file, such as `Makefile:image`.
    """
    place, part = _split(path)
    if place.is_dir() or not place.exists():
        root, name = place, script
    elif script is not None:
        raise UsageError(f"{visible(path)} is a script, and --script names another", "Give one of the two.")
    else:
        # The folder is resolved, so that `..` in it means what it says; the script itself may be a link.
        place = place.parent.resolve() / place.name
        root = checkout.root_of(place)
        if root == place.parent:
            root = [root, *root.parents][root_above(place.as_posix())]
        name = place.relative_to(root).as_posix() + part
    project = checkout.load(root)
    if name is not None:
        name = posixpath.relpath(posixpath.join(root.resolve(), name), root.resolve())
        if named(project, name) is None:
            _refuse_missing(root, project, name)
    return Subject(root, project, name)


def _split(path: str) -> tuple[Path, str]:
    """A file that is there, and what stands behind its name: a colon and one of its parts."""
    at = len(path)
    while at > 0:
        if Path(path[:at]).is_file():
            return Path(path[:at]), path[at:]
        at = path.rfind(":", 0, at)
    return Path(path), ""


def _refuse_missing(root: Path, project: Project, name: str) -> None:
    if name in project.files:
        if project.text(name) is None and not Path(os.path.realpath(root / name)).is_relative_to(root.resolve()):
            raise UsageError(
                f"{visible(name)} is a link that leads out of the repository",
                "Name the file itself, in its repository.",
            )
        if project.text(name) is None:
            raise UsageError(
                f"{visible(name)} is not text, so it is no script", "Name the script itself with --script."
            )
        return
    if name.startswith("../"):
        raise UsageError(f"{visible(name)} is not in the repository {root}")
    if (root / name).is_file():
        raise UsageError(
            f"{visible(name)} is not tracked by git, so a clean checkout does not have it", f"git add {visible(name)}"
        )
    raise UsageError(f"there is no script {visible(name)} in {root}", "--script is a path from the repository's root.")
