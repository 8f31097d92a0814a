"""Shell text into which the script pasted values that are not known, as in `trap "docker rm $id" EXIT`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.trace.symbols import is_known, is_symbol

if TYPE_CHECKING:
    from migrator.trace.state import State


def with_names(text: str, state: State) -> str:
    """The text with each such value as a variable of its own, which is set in `state`.

    The value is taken for one or more plain words, never for code. A text with single quotes, between which no
    variable stands for anything, is left as it is: the parser refuses it.
    """
    if is_known(text) or "'" in text:
        return text
    pieces = []
    for character in text:
        if is_symbol(character):
            name = f"__pasted_{ord(character):x}"
            state.variables[name] = character
            pieces.append(f"${{{name}}}")
        else:
            pieces.append(character)
    return "".join(pieces)
