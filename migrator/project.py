"""A repository as a value: what its files are, and the text of those that matter."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Kind(StrEnum):
    """What stands at a path of a checkout."""

    FILE = "file"
    EXECUTABLE = "executable"
    LINK = "link"


@dataclass(frozen=True)
class Project:
    """A clean checkout as a value.

    `files` maps each path (relative to the root, `/` between parts, no leading `./`) to its kind; folders are
    implied by the files in them, as in git. `reader` gives the bytes of a file, and is asked once per file at
    most where the caller caches; tests and batches hand in memory.
    """

    name: str
    files: Mapping[str, Kind]
    reader: Callable[[str], bytes] = field(repr=False, compare=False)
    links: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, texts: Mapping[str, str], name: str = "repo") -> Project:
        """A project in memory, made of path to text; a path that ends in `.sh` is executable."""
        kinds = {path: Kind.EXECUTABLE if path.endswith(".sh") else Kind.FILE for path in texts}
        return cls(name, kinds, lambda path: texts[path].encode())

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder of the checkout; the root itself is the empty text."""
        found = {""}
        for path in self.files:
            folder = posixpath.dirname(path)
            while folder and folder not in found:
                found.add(folder)
                folder = posixpath.dirname(folder)
        return frozenset(found)

    def is_inner(self, path: str) -> bool:
        """Whether a file is in a submodule, and so another repository's."""
        return any(path.startswith(f"{folder}/") for folder in self._submodules)

    @cached_property
    def _submodules(self) -> tuple[str, ...]:
        text = self.text(".gitmodules") or ""
        return tuple(re.findall(r"(?m)^[ \t]*path[ \t]*=[ \t]*(\S.*?)[ \t]*$", text))

    def read(self, path: str) -> bytes:
        """The bytes of a file; raises ProjectError when it cannot be read."""
        return self.reader(path)

    def text(self, path: str) -> str | None:
        """The text of a file, or None when there is no such file or it is not UTF-8 text."""
        if path not in self.files:
            return None
        data = self.read(path)
        if b"\0" in data:
            return None
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return None
