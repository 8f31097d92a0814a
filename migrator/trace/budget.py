"""How much work a script may be: a few doublings of a variable would fill any memory."""

from __future__ import annotations

# In characters, over all words and all that commands print. Thousands of commands make some hundred thousand.
MOST_TEXT = 1 << 22
# Entries of variables, images and containers, over all moments that are remembered.
MOST_ENTRIES = 1 << 20
# Names in folders, over all changes of the host's files: each change keeps the folder as it was before.
MOST_NAMES = 3_000_000
MOST_PATH = 4096  # characters: PATH_MAX of Linux, beyond which the kernel takes no path
MOST_FOLDERS = 100  # inside each other: what goes through them calls itself for each, and trees of sources have thirty


class TooMuchError(Exception):
    """What the script asks for is too much to be followed; `reason` says what."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def is_too_deep(path: str) -> bool:
    """Whether a path has more folders inside each other than are followed."""
    return path.count("/") > MOST_FOLDERS


def affordable(path: str) -> str:
    """The path; raises TooMuchError where it is longer than Linux takes, or deeper than is followed."""
    if len(path) > MOST_PATH:
        raise TooMuchError(f"it has a path of more than {MOST_PATH:,} characters")
    if is_too_deep(path):
        raise TooMuchError(f"it has more than {MOST_FOLDERS} folders inside each other")
    return path


class Budget:
    """What is left of what a run may make."""

    def __init__(self) -> None:
        self.text, self.entries = MOST_TEXT, MOST_ENTRIES

    def spend(self, characters: int) -> None:
        """Counts text that was made, or that is about to be; raises TooMuchError when it is more than may be."""
        self.text -= characters
        if self.text < 0:
            raise TooMuchError(f"it makes more than {MOST_TEXT >> 20} million characters of text")

    def keep(self, entries: int) -> None:
        """Counts what is remembered of a moment, for `check`: a moment is remembered whole, or not at all."""
        self.entries -= entries

    def check(self) -> None:
        """Raises TooMuchError when more is remembered than may be."""
        if self.entries < 0:
            raise TooMuchError("it changes thousands of variables, each again and again")
