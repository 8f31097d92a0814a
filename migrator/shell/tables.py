"""The LALR tables of bashlex's grammar, computed once and kept beside this module, in `tables.json`.

They are a function of the grammar alone, and are used for that grammar alone: its fingerprint stands in the file.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = Path(__file__).with_name("tables.json")

States = dict[int, dict[str, int | None]]


@dataclass
class Tables:
    """What bashlex's yacc asks of tables: these attributes, which it names, and `bind_callables`."""

    lr_productions: list[Any]
    lr_action: States
    lr_goto: States
    sr_conflicts: tuple[object, ...] = ()
    rr_conflicts: tuple[object, ...] = ()

    def bind_callables(self, functions: Mapping[str, object]) -> None:
        """Gives each production the function that its name stands for."""
        for production in self.lr_productions:
            production.bind(functions)


def ready(grammar: Any, file: Path = FILE) -> Tables | None:  # noqa: ANN401 - bashlex has no types
    """The tables for a grammar; None when those that we have are for another one."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if found.get("grammar") != fingerprint(grammar):
        return None
    return Tables(grammar.Productions, _states(found["action"]), _states(found["goto"]))


def fingerprint(grammar: Any) -> str:  # noqa: ANN401 - as above
    """A digest of everything that the tables of a grammar depend on."""
    productions = [(p.number, p.name, p.prod, p.prec) for p in grammar.Productions]
    precedence = sorted(grammar.Precedence.items())
    everything = (productions, precedence, grammar.Start, sorted(grammar.Terminals), sorted(grammar.Nonterminals))
    return hashlib.sha256(repr(everything).encode()).hexdigest()


def written(grammar: Any, action: States, goto: States) -> str:  # noqa: ANN401 - as above
    """The text of the file for tables that were computed."""
    lines = [f'{{"grammar": "{fingerprint(grammar)}"']
    for name, states in (("action", action), ("goto", goto)):
        rows = ",\n".join(f'"{state}": {json.dumps(dict(sorted(states[state].items())))}' for state in sorted(states))
        lines.append(f'"{name}": {{\n{rows}}}')
    return ",\n".join(lines) + "}\n"


def _states(rows: dict[str, dict[str, int | None]]) -> States:
    return {int(state): row for state, row in rows.items()}
