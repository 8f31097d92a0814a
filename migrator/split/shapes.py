"""Commands that put files in place between building and running: cp, mv, install, chmod and the like.

They belong to the builder where everything that they name is known there: what they make is then carried along.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from migrator.split.makers.made import Made, Output, operands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrator.split.fat import Fat
    from migrator.split.statements import Statement

# Where a file goes into the folder, though no slash says so: these are folders in every image.
_FOLDERS = frozenset(
    "/ /bin /sbin /etc /opt /srv /tmp /usr /var /root /home /usr/bin /usr/sbin /usr/lib /usr/local /usr/local/bin "
    "/usr/local/sbin /usr/local/lib /usr/local/etc /usr/share /usr/local/share /var/lib /go/bin".split()
)
# In place of a language, for what puts the product of a build in its place.
PRODUCT = "product"
_FILES = (".jar", ".war", ".exe")
_VALUED = {
    "install": frozenset(("-m", "-o", "-g", "--mode", "--owner", "--group")),
    "mkdir": frozenset(("-m", "--mode")),
}
# They change a file in its place; the first operand says how.
_CHANGERS = frozenset(("chmod", "chown", "chgrp"))


def shaped(statement: Statement, fat: Fat, trees: Sequence[str], outputs: Sequence[Output]) -> Made | None:
    """What a command on files makes among what the builder has; None for one that also names anything else."""
    program = statement.program
    words = operands(statement, _VALUED.get(program, frozenset()))
    if statement.writes or not words or None in words:
        return None
    given = [word for word in words if word is not None]
    made: tuple[Output, ...] | None = None
    language = ""
    if (program in _CHANGERS and len(given) > 1) or (
        program == "sed" and any(word and word.startswith("-i") for word in statement.operands) and len(given) == 2
    ):
        made = _files(statement, given[1:], fat, outputs)
    elif program == "cp" and fat.site is not None and len(given) == 2 and _is_site(statement, given, fat, outputs):
        made, language = (Output(fat.site, folder=True, always=True, whole=True),), PRODUCT
    elif program in {"mkdir", "touch"}:
        made = _new(statement, given, trees)
    elif program in {"cp", "mv", "install"} and len(given) > 1 and not _recursive(statement):
        made = _placed(statement, given, fat, (trees, outputs))
        language = "" if all(statement.path(word) in fat.landed for word in given[:-1]) else PRODUCT
    return Made(program, language, statement.span, made) if made is not None else None


def _is_site(statement: Statement, words: Sequence[str], fat: Fat, outputs: Sequence[Output]) -> bool:
    """Whether a cp puts what a build has made into the folder that the image serves."""
    source = statement.path(words[0].removesuffix("/*").removesuffix("/."))
    target = statement.path(words[1])
    built = source is not None and any(output.folder and output.holds(source) for output in outputs)
    return built and target is not None and fat.site is not None and f"{target}/".startswith(f"{fat.site}/")


def _recursive(statement: Statement) -> bool:
    switches = "".join(word[1:] for word in statement.operands if word and word.startswith("-") and word[1:2] != "-")
    return bool(set(switches) & set("rRad")) or "--recursive" in statement.operands or "--archive" in statement.operands


def _is_file(path: str | None, fat: Fat, outputs: Sequence[Output]) -> bool:
    return path is not None and (
        path in fat.landed or any(output.path == path and not output.folder for output in outputs)
    )


def _files(
    statement: Statement, words: Sequence[str], fat: Fat, outputs: Sequence[Output]
) -> tuple[Output, ...] | None:
    paths = [statement.path(word) for word in words]
    if not all(_is_file(path, fat, outputs) for path in paths):
        return None
    return tuple(Output(path, always=True) for path in paths if path is not None)


def _new(statement: Statement, words: Sequence[str], trees: Sequence[str]) -> tuple[Output, ...] | None:
    paths = [statement.path(word) for word in words]
    if statement.option("-m", "--mode") or not all(
        path is not None and any(path.startswith(f"{tree}/") for tree in trees) for path in paths
    ):
        return None
    folder = statement.program == "mkdir"
    return tuple(Output(path, folder=folder, always=True) for path in paths if path is not None)


def _placed(
    statement: Statement, words: Sequence[str], fat: Fat, known: tuple[Sequence[str], Sequence[Output]]
) -> tuple[Output, ...] | None:
    """Where cp, mv and install put files: into a folder, or under another name."""
    trees, outputs = known
    *sources, target = words
    place = statement.path(target)
    if place is None:
        return None
    if len(sources) == 1 and target.endswith(_FILES) and sources[0].endswith(_FILES):
        folder = statement.path(posixpath.dirname(sources[0]) or ".")
        inside = folder is not None and any(output.holds(f"{folder}/x") for output in outputs if output.folder)
        if inside:
            return (Output(place, always=True),)
    paths = [statement.path(source) for source in sources]
    made_there = [
        path for path in paths if path is not None and any(output.folder and output.holds(path) for output in outputs)
    ]
    if not all(_is_file(path, fat, outputs) or path in made_there for path in paths):
        return None
    into = target.endswith(("/", "/.")) or target == "." or len(sources) > 1 or place in {*_FOLDERS, *trees}
    into = into or place in {statement.folder, fat.workdir}
    return tuple(
        Output(posixpath.join(place, posixpath.basename(path)) if into else place, always=True)
        for path in paths
        if path is not None
    )
