"""`build:` in a Compose file: an old Dockerfile becomes the new one with its stage as `target:`, by span."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.repository import yaml_lines
from migrator.repository.edits import Edit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.repository.mentions import Mention

# Keys below `build:` that mean the same for another Dockerfile.
UNCHANGED = frozenset(("context", "dockerfile", "labels", "network", "pull", "no_cache"))


# Another service may take over a part of this `build:` and put the rest anew.
_SHARED = re.compile(r"^\s*(?:-\s+)?(?:<<|extends)\s*:", re.MULTILINE)


@dataclass(frozen=True)
class NewBuild:
    """Where the new file and its context are, and the stage behind each old Dockerfile (None: the last one)."""

    path: str
    folder: str
    stages: Mapping[str, str | None]


def rewritten(mention: Mention, old: str, new: NewBuild) -> list[Edit] | None:
    """The edits of the `dockerfile:` line that names an old file; None where it is not certain what they would be.

    Certain it is when the context is the new one, nothing is passed as an argument, and no target is given yet. See
    https://github.com/compose-spec/compose-spec/blob/main/build.md.
    """
    found = re.fullmatch(r"(\s*)dockerfile:(\s+)([\"']?)([^\"'#\s]+)\3\s*(#.*)?", mention.line)
    if found is None or old not in new.stages:
        return None
    source, line = mention.span.source, mention.span.line
    if _SHARED.search(source.text):
        return None
    beside = yaml_lines.siblings(source, line, len(found[1]))
    if set(beside) - UNCHANGED or "context" not in beside:
        return None
    base = posixpath.dirname(mention.path)
    context = posixpath.normpath(posixpath.join(base, beside["context"]))
    folder = "" if context == "." else context
    if folder != new.folder or posixpath.normpath(posixpath.join(context, found[4])) != old:
        return None
    begin = source.line_starts[line - 1]
    place = posixpath.relpath(new.path, new.folder or ".")
    edits = [Edit(begin + found.start(4), begin + found.end(4), place)]
    stage = new.stages[old]
    if stage is not None:
        end = begin + len(mention.line)
        edits.append(Edit(end, end, f"\n{found[1]}target: {stage}"))
    return edits
