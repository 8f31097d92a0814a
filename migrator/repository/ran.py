"""Questions about one command that ran."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migrator.interpret.record import Ran


def needs_paths(item: Ran) -> bool:
    """Whether a host command needs what stands at the paths that it names."""
    if not item.words:
        return True
    letters = {letter for word in item.words[1:] if re.match("-[a-zA-Z]", word) for letter in word[1:]}
    return item.words[0] != "mkdir" and not (item.words[0] == "rm" and "f" in letters)


def within(child: Ran, item: Ran) -> bool:
    """Whether a command stands in another one's own words."""
    one, other = child.span, item.span
    return one.source == other.source and other.start <= one.start and one.end <= other.end


__all__ = ["needs_paths", "within"]
