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
    r"(?<!CMakeLists)\.(md|markdown|rst|adoc|txt|org|html?|tex)$|(^|/)(README|CHANGELOG|NEWS|HISTORY|CONTRIBUTING)[^/]*$",
    re.IGNORECASE,
)
# What says something about files, by their names or patterns, and runs none of them.
_LISTS = re.compile(
    r"(^|/)(CODEOWNERS|\.gitattributes|\.editorconfig|\.mailmap|renovate\.json5?|\.renovaterc(\.json)?|REUSE\.toml"
    r"|sonar-project\.properties|\.github/(dependabot|labeler)\.ya?ml|\.hadolint\.ya?ml|\.(npm|helm|eslint|prettier|sonar"
    r"|gcloud|cf|eb|slug|hg|cvs|p4|bzr|rg|ag|trivy|snyk|semgrep|codespell|markdownlint)ignore)$"
)
# CI services of which a file says what to run, line by line, in YAML.
_PIPELINES = re.compile(
    r"(^|/)(\.(github|gitea|forgejo)/workflows/[^/]+|\.circleci/config|\.buildkite/[^/]+|\.woodpecker/[^/]+"
    r"|\.semaphore/[^/]+|\.gitlab-ci[^/]*|\.travis|azure-pipelines[^/]*|bitbucket-pipelines|\.drone|cloudbuild|appveyor"
    r"|\.appveyor|\.woodpecker|codefresh|buildspec[^/]*|\.cirrus)\.ya?ml$"
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
    TASKS = auto()  # a Taskfile
    EDITOR = auto()  # tasks of Visual Studio Code
    HOOKS = auto()  # .pre-commit-config.yaml
    RAKE = auto()
    LIST = auto()
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
    asked = ((_PIPELINES, Kind.PIPELINE), (_LISTS, Kind.LIST), *_NAMED, (_DOCUMENTS, Kind.DOCUMENT))
    return next((kind for pattern, kind in asked if pattern.search(path)), Kind.OTHER)


_NAMED = tuple(
    (re.compile(rf"(^|/)({pattern})$"), kind)
    for kind, pattern in {
        Kind.JUST: r"\.?[Jj]ustfile|[^/]*\.just",
        Kind.JENKINS: r"Jenkinsfile[^/]*",
        Kind.PACKAGE: r"package\.json",
        Kind.SHELL: r"[^/]*\.(sh|bash|zsh|ksh)",
        Kind.PYTHON: r"[^/]*\.pyw?",
        Kind.EDITOR: r"\.vscode/tasks\.json",
        Kind.TASKS: r"[Tt]askfile(\.dist)?\.ya?ml",
        Kind.HOOKS: r"\.pre-commit-config\.yaml",
        Kind.RAKE: r"[Rr]akefile|[^/]*\.rake",
    }.items()
)
_SHELL_LINE = re.compile(r"#!.*\b(ba|da|k|z|a)?sh\b")


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


def file_mentions(project: Project, path: str, *, leave_out: frozenset[str] = frozenset()) -> Iterator[Mention]:
    """Every place at which a file of the project may name this file of it: by its path, or by a path that ends in it.

    What stands in front of the name may be a variable, or a folder of another machine: such a place counts, unless what
    it ends in is another file of the project.
    """
    name = posixpath.basename(path)
    pattern = re.compile(rf"(?<![\w-])(?<!\w\.){re.escape(name)}(?![\w/-])(?!\.\w)")
    for source, kind in texts_of(project, leave_out):
        for found in pattern.finditer(source.text):
            around = _BEFORE.search(source.text, max(0, found.start() - _LONGEST), found.start())
            before = around[0] if around is not None else ""
            if _may_mean(project, path, posixpath.dirname(source.name), before):
                whole = path if before.endswith(path[: -len(name)]) else name
                start = found.end() - len(whole)
                yield Mention(source.name, kind, source.span(start, found.end()), whole)


def open_mentions(project: Project, path: str, *, leave_out: frozenset[str] = frozenset()) -> Iterator[Mention]:
    """Every place at which a file that runs commands may mean this script by a name with a variable in it: `./$(S).sh`.

    What is known of the name has to be more than a variable: the end of the script's own, with the dot.
    """
    name = posixpath.basename(path)
    for source, kind in texts_of(project, leave_out):
        for found in _OPEN_NAME.finditer(source.text) if kind in _RUNS and "." in name else ():
            before, after = found["before"], found["after"]
            known = len(before) + len(after) <= len(name) and name.startswith(before) and name.endswith(after)
            if known and "." in after:
                yield Mention(source.name, kind, source.span(found.start(), found.end()), name)


_RUNS = (Kind.MAKEFILE, Kind.SHELL, Kind.PIPELINE, Kind.JENKINS, Kind.JUST, Kind.TASKS, Kind.PACKAGE, Kind.RAKE)
_OPEN_NAME = re.compile(
    r"(?<![\w.$(){}-])(?P<before>[\w.-]*)(?:\$\(\w+\)|\$?\$\{\w+\}|\$?\$\w+)(?P<after>[\w.-]*\.\w+)(?![\w./-])"
)
_LONGEST = 200
_BEFORE = re.compile(r"[^\s\"'`=:,;()<>|&\[\]]*/\Z")


def _may_mean(project: Project, path: str, folder: str, before: str) -> bool:
    """Whether a name may be that file's in a text of a folder, behind what stands before it up to the last slash."""
    name = posixpath.basename(path)
    if before.startswith("//"):
        return False  # of an address
    places = [posixpath.normpath(posixpath.join(base, before, name)) for base in (folder, "")]
    if path in places:
        return True
    if any(place in project.files for place in places):
        return False
    if before in ("", "./") and name == "Dockerfile":  # which is a word of every text about images
        return sum(posixpath.basename(other) == name for other in project.files) == 1
    parts = before.split("/")[:-1]
    tails = ("/".join((*parts[index:], name)) for index in range(len(parts)))
    known = next((tail for tail in (*tails, name) if tail in project.files), None)
    if known is not None:
        return known == path
    last = parts[-1] if parts else ""
    return (
        not last or last in (".", "..") or not re.fullmatch(r"[\w.-]+", last) or f"/{path}".endswith(f"/{last}/{name}")
    )


def texts_of(project: Project, leave_out: frozenset[str] = frozenset()) -> Iterator[tuple[Source, Kind]]:
    """The texts of a repository in which a name means something, with their kinds."""
    for path in sorted(project.files):
        if path in leave_out or path in project.links or _CARRIED.search(path) or _HISTORY.search(path):
            continue
        text = project.text(path)
        if text is not None and project.is_inner(path) and "../" not in text:
            continue  # of a submodule: another repository, with files of its own
        if text is not None and len(text) <= _LARGEST:
            kind = kind_of(path)
            yield Source(path, text), Kind.SHELL if kind is Kind.OTHER and _SHELL_LINE.match(text) else kind


@cache
def _pattern(name: str) -> str:
    return rf"(?<![\w-])(?<!\w\.)(?<![\w-]/){re.escape(name)}(?![\w/-])(?!\.\w)"
