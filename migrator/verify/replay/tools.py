"""The plain tools that move files which came out of an image: with options that we know, and inside the copy."""

from __future__ import annotations

import glob
import posixpath
import re
import shutil
from typing import TYPE_CHECKING

from migrator.verify.replay.values import NotReplayedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from migrator.source import Span
    from migrator.verify.replay.disk import Disk
    from migrator.verify.replay.values import Values

# Letters of each tool that name no program, follow no link inside a tree, and reach no other file.
LETTERS: Mapping[str, str] = {
    "cp": "afrRpdPTnv", "mv": "fnvT", "rm": "rRfv", "mkdir": "pvm", "rmdir": "pv", "ln": "sfnTv", "chmod": "Rvf",
    "install": "Ddvmpt", "tar": "cxvzjJfCpmk", "gzip": "dfkvn123456789", "gunzip": "fkv", "touch": "cm",
}  # fmt: skip
# As long options, where these are how people write them.
LONG = frozenset("--recursive --force --archive --parents --verbose --preserve --decompress --keep".split())
_LEVELS = re.compile(r"--strip-components=\d+")
# Those that follow a link which they are given, and those that write through one which stands where they write.
_WRITE = frozenset({"cp", "install", "tar", "gzip", "gunzip", "touch", "chmod"})
_THROUGH = frozenset({"cp", "install", "tar"})


class Tools:
    """Command lines of the trace that we let the machine's own tools do."""

    def __init__(self, values: Values, disk: Disk) -> None:
        self._values, self._disk = values, disk

    def words(self, words: tuple[str, ...], folder: Path, span: Span) -> tuple[str, ...]:
        """The words that do what a command of the script does; raises NotReplayedError where we do not do that."""
        name = posixpath.basename(self._values.text(words[0], span)) if words else ""
        program = shutil.which(name) if name in LETTERS else None
        if program is None:
            raise NotReplayedError(span, f"the command `{name or 'with no name'}`, which is not run")
        found: list[str] = []
        for word in words[1:]:
            found += self._word(name, word, folder, span)
        operands = [word for word in found if not word.startswith("-")]
        for word in operands[1:] if name == "chmod" else operands:
            self._disk.inside(str(folder / word), span, follow=name in _WRITE)
        if name in _THROUGH:
            # tar unpacks into -C, or here; the others write to what they name last.
            place = operands[-1] if name != "tar" else found[found.index("-C") + 1] if "-C" in found[:-1] else "."
            self._disk.holds(folder / place, span)
        return (program, *found)

    def _word(self, name: str, word: str, folder: Path, span: Span) -> list[str]:
        pattern = self._values.glob(word)
        if pattern is not None and len(word) == 1:
            return self._names(pattern, folder, span)
        text = self._values.text(word, span)
        if not text.startswith("-") or text == "-":
            return [text]
        is_long = text.startswith("--")
        known = text in LONG or _LEVELS.fullmatch(text) if is_long else set(text[1:]) <= set(LETTERS[name])
        if not known:
            raise NotReplayedError(span, f"`{name} {text}`")
        return [text]

    def _names(self, pattern: str, folder: Path, span: Span) -> list[str]:
        """The names that a pattern stands for, now that the folder out of the image is there."""
        text = self._values.text(pattern, span)
        found = [] if "(" in text else sorted(glob.glob(text, root_dir=folder))  # noqa: PTH207 - as the words are written
        if not found:
            raise NotReplayedError(span, f"the names that match {posixpath.basename(text)}")
        return found
