"""Variables that choose what a build reads, taken at their defaults for the whole script.

`CTX=${CTX:-.}` may name any folder; where the script also writes to that folder, what a build reads there is only known
when the variable is. So such a script is looked at once more, as it runs when nobody sets the variable.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.rules import script as rules
from migrator.trace.symbols import SymbolKind, is_known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.diagnostics import Diagnostic
    from migrator.interpret.run import Outcome

_VARIABLE = re.compile(r"\$\{([A-Za-z_]\w*):?[-=][^}]*\}")


def deciding(outcome: Outcome, env: Mapping[str, str]) -> dict[str, tuple[str, Diagnostic]]:
    """The variables in the context or the Dockerfile's path of some build: their defaults, and how to say it."""
    found: dict[str, tuple[str, Diagnostic]] = {}
    for call in (call for world in outcome.worlds for call in world.calls if call.call.verb == "build"):
        for text in (*call.call.operands, call.call.value("file") or ""):
            for symbol in outcome.symbols.within(text):
                name = _VARIABLE.fullmatch(symbol.shell or "")
                if symbol.kind is not SymbolKind.PARAMETER or name is None or symbol.default is None:
                    continue
                if is_known(symbol.default) and name[1] not in env:
                    told = rules.DEFAULT_ASSUMED.at(call.span, name=name[1], value=symbol.default)
                    found.setdefault(name[1], (symbol.default, told))
    return found
