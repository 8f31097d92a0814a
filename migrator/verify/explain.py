"""One difference explained on request: by diffoscope where it is installed, else by what we know of the format."""

from __future__ import annotations

import os
import posixpath
import shutil
from typing import TYPE_CHECKING

from migrator.engine import process
from migrator.verify.entry import Kind
from migrator.verify.formats.told import tell
from migrator.verify.settle import copy_files
from migrator.verify.verdict import Explanation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from migrator.verify.contents import Contents
    from migrator.verify.settle import Side
    from migrator.verify.verdict import Difference

TOOL = "diffoscope"
SECONDS = 120.0
OUTPUT = 1 << 20
OWN = "migrator (diffoscope is not installed)"


def explain(
    path: str,
    differences: Sequence[Difference],
    sides: Mapping[str, tuple[Side, Side]],
    contents: Contents,
    folder: Path,
) -> Explanation:
    """What a path of the images has apart: a line for each aspect, and for its content as many as it takes.

    `folder` is a place of ours for both copies; a program that is asked finds nothing of the user's in its environment.
    """
    path = posixpath.normpath(f"/{path}").replace("//", "/", 1)
    mine = [one for one in differences if one.path == path]
    if not mine:
        return Explanation(path, "migrator", (f"{path} does not differ",))
    lines = [
        f"{one.aspect}: {one.legacy or 'nothing'} | {one.new or 'nothing'}" for one in mine if one.aspect != "content"
    ]
    content = next((one for one in mine if one.aspect == "content"), None)
    if content is None:
        return Explanation(path, "migrator", tuple(lines))
    entries = [side.snapshot.files.get(path) for side in sides[content.image]]
    if any(
        entry is None or entry.kind is not Kind.FILE or side.file(path) is None
        for entry, side in zip(entries, sides[content.image], strict=True)
    ):
        return Explanation(path, "migrator", (*lines, "content: it is too large to be looked into"))
    copy_files([content], sides, contents, folder)
    copies = tuple(folder / way / path.lstrip("/") for way in ("legacy", "new"))
    tool = shutil.which(TOOL)
    if tool is not None:
        told = _asked(tool, copies, folder)
        if told is not None:
            return Explanation(path, TOOL, (*lines, *told))
    known = tell(path, *(copy.read_bytes() for copy in copies))
    return Explanation(path, OWN if tool is None else f"migrator ({TOOL} gave no answer)", (*lines, *known))


def _asked(tool: str, copies: Sequence[Path], folder: Path) -> tuple[str, ...] | None:
    """What diffoscope prints of two files; None when it comes to no end, or does not work."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
    }
    words = [tool, "--no-progress", "--text", "-", *map(str, copies)]
    done = process.run(words, process.How(cwd=folder, env=environment, timeout=SECONDS, limit=OUTPUT))
    if done.timed_out or done.code != 1:  # 1 is its word for "they differ"
        return None
    text = done.stdout.decode("utf-8", "replace").replace(f"{folder}/", "")
    return tuple(text.splitlines())
