"""Who else in the repository uses a file that the old script took out of an image and left on the host."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from migrator.repository.mentions import Kind, texts_of
from migrator.rules import repository as rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from migrator.diagnostics import Diagnostic
    from migrator.interpret.run import Outcome
    from migrator.migration.result import Converted
    from migrator.project import Project

# In commands such as these a word without a slash or a dot is a file all the same, and so is it behind these keys of a
# CI file: https://docs.github.com/actions, https://docs.gitlab.com/ci/yaml/#artifacts
_TAKES_FILES = re.compile(
    r"(?:^|[\s;&|({@'\"])(?:scp|rsync|cp|mv|ln|install|tar|zip|gzip|xz|strip|upx|chmod|file|cat|sha\d+sum|md5sum|shasum|curl"
    r"|gpg|cosign|gh|aws|gsutil|az|test|\[|\[\[|source|exec|sudo|chown|ldd|size|du|ls|open|head)\s"
)
_KEYS = re.compile(r"\s*(?:-\s+)?(?:\w*(?:path|file|artifact|source|asset|src)\w*\s*:\s+)?[\"']?")
# Where a name is one of an image, or is only said or taken away.
_SAID = re.compile(r"\b(?:docker(?:-compose)?|podman|nerdctl|buildah|kubectl|helm|rm)\b(?:\\\n|[^\n&;|])*")
_ECHO = re.compile(r"(?m)\becho\b(?:[^\n&;|$`>]|\$(?!\())*|(?:^|(?<=\s))#.*|^\s*(?://|::).*")


def plain(text: str) -> str:
    """The text without commands that mean an image by such a name, or that only take it away or say it."""
    return _ECHO.sub(_blank, _SAID.sub(_blank, text))


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found[0])


def is_used(text: str, names: Iterable[str]) -> bool:
    """Whether a text of commands names one of these files for something else than an image, a message or a removal."""
    return any(_word(name).search(plain(text)) for name in names)


def _word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.:/$-])(?:\./)?{re.escape(name)}(?:/[^\s\"']*)?(?![\w-]|\.\w|:)")


def tasks(
    project: Project, conversion: Converted, ways: tuple[Outcome, Outcome | None], own: frozenset[str]
) -> Iterator[Diagnostic]:
    """The lines of other files that use what the old way left on the host, and the new way does not make.

    `ways` are what the old script does and what is left of it; `own` are its files, and those that go.
    """
    gone = list(_gone(project, conversion, ways))
    for source, kind in texts_of(project, own) if gone else ():
        if kind in (Kind.DOCUMENT, Kind.IGNORE, Kind.LIST) or _is_recipe(source.name):
            continue
        said = plain(source.text)
        for number, start in enumerate(source.line_starts, 1):
            end = start + len(source.line_text(number))
            line = said[start:end]
            found = next((match for name in _names(gone, source.name) for match in _word(name).finditer(line)
                          if _is_file(line, match, kind)), None)  # fmt: skip
            if found is not None:
                name = found[0].removeprefix("./").rstrip("/")
                yield rules.USED_ELSEWHERE.at(source.span(start + found.start(), start + found.end()), path=name)


def _is_file(line: str, found: re.Match[str], kind: Kind) -> bool:
    """Whether a word is certainly a file: it looks like a path, or stands where files do."""
    before = line[: found.start()]
    if before.rstrip().endswith((">", " -o")):
        return False  # it is made here
    if "/" in found[0] or "." in found[0]:
        return True
    taken = _TAKES_FILES.search(before) is not None
    return taken or (kind is Kind.PIPELINE and _KEYS.fullmatch(before) is not None)


def _is_recipe(path: str) -> bool:
    return posixpath.basename(path).lower().startswith("dockerfile") or path.lower().endswith(".dockerfile")


def _names(gone: Iterable[str], file: str) -> Iterator[str]:
    """How a file may name the paths: from the root, and from its own folder."""
    folder = posixpath.dirname(file)
    for path in gone:
        yield path
        if folder and path.startswith(f"{folder}/"):
            yield path.removeprefix(f"{folder}/")


def _gone(project: Project, conversion: Converted, ways: tuple[Outcome, Outcome | None]) -> Iterator[str]:
    """The artifacts, and folders made for them, that the old way leaves on the host and the new one does not make."""
    old, new = ways
    for artifact in conversion.artifacts:
        path = artifact.workspace_path.strip("/")
        left = any(world.workspace.find(f"{old.root}/{path}") is not None for world in old.worlds)
        made = new is not None and all(
            world.workspace.find(f"{new.root}/{path}") is not None for world in new.worlds
        )  # fmt: skip
        if not left or made or path in project.files or path.startswith("../"):
            continue
        yield path
        folder = posixpath.dirname(path)
        if folder and folder not in project.folders:
            yield folder


__all__ = ["is_used", "tasks"]
