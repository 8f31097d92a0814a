"""Build arguments: two builds become one, so what each was given has to reach its own stages and no other."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.dockerfile.assignments import declared_args, global_args
from migrator.dockerfile.evaluate import PREDEFINED
from migrator.trace.symbols import Symbol, characters_in, is_known, is_symbol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from migrator.dockerfile.assignments import Pair
    from migrator.migration.graph import Unit
    from migrator.trace.symbols import Symbols

_ABSENT = "\0absent"


@dataclass
class Arguments:
    """What the new build command passes, and how declarations change.

    `passed` maps an ARG's name to its value (None: taken from the environment as it is). `defaults` gives a unit's
    declarations a new default, `outer` an ARG of its own to take the value from. `renamed` are ARGs in front of FROM
    that another Dockerfile would see: they get another name. `named` are the ARGs that stand for values the script
    worked out, by the value's character. `leaks` are those that one build takes from the environment, and that would
    reach the stages of another that does not.
    """

    symbols: Symbols
    passed: dict[str, str | None] = field(default_factory=dict)
    defaults: dict[tuple[Unit, str], str] = field(default_factory=dict)
    outer: dict[tuple[Unit, str], str] = field(default_factory=dict)
    renamed: dict[tuple[Unit, str], str] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)
    declared: set[str] = field(default_factory=set)
    leaks: list[tuple[Unit, str]] = field(default_factory=list)

    def name_for(self, character: str) -> str:
        """The ARG that carries a value of the script's into the file; passed from here on."""
        known = self.named.get(character)
        if known is not None:
            return known
        for name, value in self.passed.items():
            if value == character:
                self.named[character] = name
                return name
        symbol: Symbol = self.symbols[character]
        wish = re.sub(r"\W+", "_", symbol.name).upper() or "VALUE"
        wish = wish if re.match(r"[A-Z_]", wish) else f"ARG_{wish}"
        name, number = wish, 2
        while name in self.declared or name in self.passed:
            name, number = f"{wish}_{number}", number + 1
        self.passed[name] = character
        self.named[character] = name
        return name

    def default_of(self, character: str) -> str | None:
        """The default to write beside an ARG that stands for a value, when there is one that can be written."""
        symbol = self.symbols[character]
        text = symbol.default
        return text if text is not None and is_known(text) and re.fullmatch(r"[\w./:@+-]+", text) else None

    def declaration(self, character: str) -> str:
        """The ARG line for a value of the script's."""
        default = self.default_of(character)
        name = self.name_for(character)
        return f"ARG {name}" + (f"={default}" if default else "")


def declarations(unit: Unit) -> list[Pair]:
    """Every ARG of a unit's Dockerfile."""
    found = list(global_args(unit.dockerfile))
    for stage in unit.dockerfile.stages:
        found.extend(declared_args(stage))
    return found


def reconcile(units: Sequence[Unit], symbols: Symbols, prefix: dict[Unit, str]) -> Arguments:
    """Decides for every argument whether it is passed, written in as a default, or passed under a name of its own."""
    result = Arguments(symbols)
    users: dict[str, list[Unit]] = {}
    for unit in units:
        for name in {pair.name for pair in declarations(unit)}:
            users.setdefault(name, []).append(unit)
    result.declared = set(users)
    for name, owners in sorted(users.items()):
        values = {unit: _given(unit, name) for unit in owners}
        if len(set(values.values())) == 1:
            value = next(iter(values.values()))
            if value != _ABSENT:
                result.passed[name] = value
            continue
        _separate(result, name, values, prefix)
    _part_globals(result, units, prefix)
    for unit in units:
        for name, value in unit.built.arguments:
            if name in PREDEFINED and name not in users:
                result.passed.setdefault(name, value)
    return result


def _separate(result: Arguments, name: str, values: dict[Unit, str | None], prefix: dict[Unit, str]) -> None:
    """One name, several values: each build's own is written into its stages.

    A build that takes it from the environment, if it is there, keeps the name: no other text says the same. Then
    a build that was not given it would see it too, and nothing can be done about that here.
    """
    keeps = None in values.values() and _ABSENT not in values.values()
    for unit, value in values.items():
        if value == _ABSENT:
            continue
        if value is None and keeps:
            result.passed[name] = None
            continue
        if value is None:
            result.leaks.append((unit, name))
            continue
        if not keeps and is_known(value) and "\n" not in value:
            result.defaults[unit, name] = value
            continue
        own = f"{_upper(prefix.get(unit, 'stage'))}_{name}"
        result.outer[unit, name] = own
        result.passed[own] = value


def _part_globals(result: Arguments, units: Sequence[Unit], prefix: dict[Unit, str]) -> None:
    """An ARG in front of FROM holds for the whole file: where another Dockerfile would see it, it gets another name.

    Measured: a bare `ARG X` in any stage takes the global default, also one that stood in the other file.
    """
    owners: dict[str, list[Unit]] = {}
    for unit in units:
        for name in {pair.name for pair in global_args(unit.dockerfile)}:
            owners.setdefault(name, []).append(unit)
    for name, having in owners.items():
        texts = {unit: [pair.value for pair in global_args(unit.dockerfile) if pair.name == name] for unit in having}
        others = [unit for unit in units if unit not in having and _declares_bare(unit, name)]
        given = {_given(unit, name) for unit in (*having, *others)}
        agreed = len(given) == 1 and _ABSENT not in given
        for index, unit in enumerate(having):
            differs = index > 0 and texts[unit] != texts[having[0]]
            if (differs or others) and not agreed:
                own = f"{_upper(prefix.get(unit, 'stage'))}_{name}"
                result.renamed[unit, name] = own
                value = _given(unit, name)
                if value != _ABSENT and (unit, name) not in result.defaults and (unit, name) not in result.outer:
                    result.passed[own] = value
                    if value is None:
                        result.leaks.append((unit, name))


def _declares_bare(unit: Unit, name: str) -> bool:
    return any(
        pair.name == name and pair.value is None for stage in unit.dockerfile.stages for pair in declared_args(stage)
    )


def _upper(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", text).upper()


def _given(unit: Unit, name: str) -> str | None:
    found: str | None = _ABSENT
    for key, value in unit.built.arguments:
        if key == name:
            found = value
    return found


def quoted_default(value: str) -> str:
    """A value as the default of an ARG."""
    if re.fullmatch(r"[\w./:@%+,=-]*", value):
        return value
    return '"' + re.sub(r'(["$\\])', r"\\\1", value) + '"'


def symbols_in(texts: Iterable[str]) -> list[str]:
    """The characters in some texts that stand for values, each once, in order."""
    return list(dict.fromkeys(character for text in texts for character in characters_in(text)))


def with_variables(text: str, arguments: Arguments) -> str:
    """The text with `${NAME}` where a value of the script's stands."""
    if text.isascii():
        return text
    return "".join(f"${{{arguments.name_for(c)}}}" if is_symbol(c) else c for c in text)
