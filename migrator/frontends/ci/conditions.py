"""The `if:` of a step as a command of the shell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.frontends.ci.texts import in_quotes

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrator.frontends.ci.job import Filled
    from migrator.frontends.ci.tree import Item
    from migrator.source import Span

_ALWAYS = {"", "always()", "success()", "true", "!cancelled()", "!failure()"}
_NEVER = {"failure()", "cancelled()", "false"}
_COMPARED = re.compile(r"([\w.-]+)\s*(==|!=)\s*'([^']*)'")
_STARTS = re.compile(r"startsWith\(\s*([\w.-]+)\s*,\s*'([\w/.-]*)'\s*\)")


def shell(text: str, item: Item | None, fill: Callable[[str, Span], Filled]) -> str | None:
    """A test that says whether a step runs while nothing has failed: empty for always, None for never.

    What cannot be told here is a test of a variable that is not known, so that both ways are gone.
    """
    inner = re.sub(r"^\$\{\{(.*)\}\}$", r"\1", text.strip(), flags=re.DOTALL).strip()
    if inner in _ALWAYS or item is None:
        return ""
    if inner in _NEVER:
        return None
    tests = []
    for piece in re.split(r"\s*&&\s*", inner):
        found = _COMPARED.fullmatch(piece)
        starts = _STARTS.fullmatch(piece)
        if piece in _ALWAYS:
            continue
        if piece in _NEVER:
            return None
        if found is not None:
            sign = "=" if found[2] == "==" else "!="
            tests.append(f"[ {_word(fill(found[1], item.span))} {sign} {in_quotes(found[3])} ]")
        elif starts is not None:
            tests.append(f"[[ {_word(fill(starts[1], item.span))} == {in_quotes(starts[2])}* ]]")
        else:
            return f'[ -n "${{CONDITION_{item.span.line}-}}" ]'
    return " && ".join(tests)


def _word(filled: Filled) -> str:
    value, is_name = filled
    return f'"${{{value}-}}"' if is_name else in_quotes(value)
