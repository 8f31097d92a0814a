"""Decimal numbers in words."""

from __future__ import annotations

import re

# `isdigit` and `int` of Python take the digits of every script, and `int` fails on thousands of them.
LONGEST = 18  # digits
_WHOLE = re.compile(rf"-?[0-9]{{1,{LONGEST}}}")


def whole(text: str | None) -> int | None:
    """The number that a text writes in decimal digits; None when it writes none, or one beyond 18 digits."""
    return int(text) if text is not None and _WHOLE.fullmatch(text) else None


def natural(text: str | None) -> int | None:
    """The same for a number without a sign."""
    return None if text is None or text.startswith("-") else whole(text)
