"""A set of file changes as one unified diff in git's own form, which `git apply` and `patch -p1` take."""

from __future__ import annotations

import difflib
import posixpath
from typing import TYPE_CHECKING

from migrator.migration.result import Converted
from migrator.project import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from migrator.migration.result import Conversion, FileChange
    from migrator.project import Project

_MODES = {Kind.FILE: "100644", Kind.EXECUTABLE: "100755", Kind.LINK: "120000"}
_ESCAPES = {"\a": "\\a", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\v": "\\v", "\f": "\\f", "\r": "\\r"}
_ESCAPES |= {'"': '\\"', "\\": "\\\\"}
_FIRST_PRINTABLE = 0x20
_DELETE = 0x7F
# More links than this in a row are a cycle; Linux gives up at the same number (path_resolution(7)).
_LINKS = 40


def render(project: Project, changes: Iterable[FileChange]) -> str:
    """The patch from the project as it is to the project with the changes; empty when nothing would change.

    The text may hold surrogates for bytes that are not UTF-8: encode it with `surrogateescape`.
    """
    return "".join(text for change in changes for text in _file(project, change))


def of(project: Project, conversion: Conversion) -> str:
    """The patch that a conversion comes to; empty where there is none."""
    return render(project, conversion.files) if isinstance(conversion, Converted) else ""


def would_change(project: Project, changes: Iterable[FileChange]) -> tuple[str, ...]:
    """The paths whose content the changes would alter."""
    return tuple(change.path for change in changes if any(_file(project, change)))


def _file(project: Project, change: FileChange) -> Iterator[str]:
    if change.content is None:
        yield from _deletion(project, change.path)
        return
    path = _behind_links(project, change.path)
    kind = project.files.get(path)
    if kind is None:
        yield from _patch(path, f"new file mode {_MODES[Kind.FILE]}\n", None, change.content)
        return
    before = _decoded(project.read(path))
    if before != change.content:
        yield from _patch(path, "", before, change.content)


def _deletion(project: Project, path: str) -> Iterator[str]:
    kind = project.files.get(path)
    if kind is None:
        return
    before = project.links[path] if kind is Kind.LINK else _decoded(project.read(path))
    yield from _patch(path, f"deleted file mode {_MODES[kind]}\n", before, None)


def _behind_links(project: Project, path: str) -> str:
    """The file that is written when `path` is: a patch to a link would replace the link's own text."""
    for _ in range(_LINKS):
        link = project.links.get(path)
        if link is None:
            break
        path = posixpath.normpath(posixpath.join(posixpath.dirname(path), link))
    return path


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _patch(path: str, mode: str, before: str | None, after: str | None) -> Iterator[str]:
    old, new = _quoted(f"a/{path}"), _quoted(f"b/{path}")
    yield f"diff --git {old} {new}\n{mode}"
    hunks = difflib.unified_diff(
        _lines(before or ""),
        _lines(after or ""),
        "/dev/null" if before is None else _label(old),
        "/dev/null" if after is None else _label(new),
    )
    for line in hunks:
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    r"""Lines that end at `\n` and nowhere else, as git counts them; `str.splitlines` knows eight more line ends."""
    lines = text.split("\n")
    last = lines.pop()
    return [f"{line}\n" for line in lines] + ([last] if last else [])


def _label(name: str) -> str:
    """A name in a `---` or `+++` line: git ends one that holds a blank with a tab, so that it is not cut there."""
    return f"{name}\t" if " " in name and not name.startswith('"') else name


def _quoted(name: str) -> str:
    """A path in git's C style when it holds a character that would end or garble the line."""
    quoted = "".join(_ESCAPES.get(character) or _octal(character) for character in name)
    return name if quoted == name else f'"{quoted}"'


def _octal(character: str) -> str:
    if _FIRST_PRINTABLE <= ord(character) < _DELETE:
        return character
    return "".join(f"\\{byte:03o}" for byte in character.encode("utf-8", "surrogateescape"))
