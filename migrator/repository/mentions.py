"""Where the files of a repository name something: a script, a Dockerfile, an image."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from typing import TYPE_CHECKING

from migrator.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from migrator.project import Project
    from migrator.source import Span

# Texts larger than this are data, and so is what others wrote and the repository only carries along.
_LARGEST = 400_000
_CARRIED = re.compile(
    r"(^|/)(node_modules|vendor|third_party|\.git|\.terraform|dist|target)/|\.(lock|min\.js|svg|map)$"
)
_DOCUMENTS = re.compile(
    r"\.(md|markdown|rst|adoc|txt|org|html?|tex)$|(^|/)(README|CHANGELOG|NEWS|HISTORY|CONTRIBUTING)[^/]*$",
    re.IGNORECASE,
)
_HISTORY = re.compile(r"(^|/)(CHANGELOG|CHANGES|NEWS|HISTORY)[^/]*$", re.IGNORECASE)


class Kind(Enum):
    """What a file is for, as far as it says how a line in it may be changed."""

    DOCUMENT = auto()
    MAKEFILE = auto()
    PIPELINE = auto()  # a CI file in YAML
    JENKINS = auto()
    COMPOSE = auto()
    SHELL = auto()
    PACKAGE = auto()  # package.json
    PYTHON = auto()
    JUST = auto()
    IGNORE = auto()
    OTHER = auto()


def kind_of(path: str) -> Kind:
    """The kind of a file, by its path."""
    name = posixpath.basename(path)
    if name in (".gitignore", ".dockerignore") or name.endswith(".dockerignore"):
        return Kind.IGNORE
    if re.fullmatch(r"(GNU)?[Mm]akefile(\..*)?|.*\.mk", name):
        return Kind.MAKEFILE
    if re.fullmatch(r"(docker-)?compose([.-].*)?\.ya?ml", name):
        return Kind.COMPOSE
    if re.search(r"(^|/)\.github/workflows/[^/]+\.ya?ml$|(^|/)\.circleci/config\.ya?ml$", path) or re.fullmatch(
        r"\.gitlab-ci.*\.ya?ml|\.travis\.ya?ml|azure-pipelines.*\.ya?ml|bitbucket-pipelines\.ya?ml|\.drone\.ya?ml"
        r"|cloudbuild\.ya?ml|appveyor\.ya?ml",
        name,
    ):
        return Kind.PIPELINE
    if name.lower() in ("justfile", ".justfile") or name.endswith(".just"):
        return Kind.JUST
    if name.startswith("Jenkinsfile"):
        return Kind.JENKINS
    if name == "package.json":
        return Kind.PACKAGE
    if re.search(r"\.(sh|bash|zsh|ksh)$", name):
        return Kind.SHELL
    if name.endswith((".py", ".pyw")):
        return Kind.PYTHON
    return Kind.DOCUMENT if _DOCUMENTS.search(path) else Kind.OTHER


@dataclass(frozen=True)
class Mention:
    """One line of a file that names something; `span` is the name in it."""

    path: str
    kind: Kind
    span: Span
    name: str

    @property
    def line(self) -> str:
        """The whole line."""
        return self.span.source.line_text(self.span.line)


def mentions(project: Project, names: Iterable[str], *, leave_out: frozenset[str] = frozenset()) -> Iterator[Mention]:
    """Every place at which a file of the project names one of these, the files in `leave_out` and histories aside.

    A name counts where it stands alone: `build.sh` is neither in `rebuild.sh` nor in `build.sh.md`.
    """
    wanted = sorted(set(names), key=lambda name: (-len(name), name))
    if not wanted:
        return
    pattern = re.compile("|".join(_pattern(name) for name in wanted))
    for source, kind in texts_of(project, leave_out):
        for found in pattern.finditer(source.text):
            yield Mention(source.name, kind, source.span(found.start(), found.end()), found[0])


def texts_of(project: Project, leave_out: frozenset[str] = frozenset()) -> Iterator[tuple[Source, Kind]]:
    """The texts of a repository in which a name means something, with their kinds."""
    for path in sorted(project.files):
        if path in leave_out or path in project.links or _CARRIED.search(path) or _HISTORY.search(path):
            continue
        text = project.text(path)
        if text is not None and len(text) <= _LARGEST:
            yield Source(path, text), kind_of(path)


@cache
def _pattern(name: str) -> str:
    return rf"(?<![\w-])(?<!\w\.)(?<![\w-]/){re.escape(name)}(?![\w/-])(?!\.\w)"
