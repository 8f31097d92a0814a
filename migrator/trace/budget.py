"""How much work a script may be: a few doublings of a variable would fill any memory."""

from __future__ import annotations

# In characters, over all words and all that commands print. Thousands of commands make some hundred thousand.
MOST_TEXT = 1 << 22
# Entries of variables, images and containers, over all moments that are remembered.
MOST_ENTRIES = 1 << 20


class TooMuchError(Exception):
    """What the script asks for is too much to be followed; `reason` says what."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


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
