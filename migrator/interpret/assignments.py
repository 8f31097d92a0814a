"""Setting variables: scalars, arrays, prefix assignments, the frames of functions."""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from migrator.commands.arithmetic import evaluate
from migrator.commands.arrays import behind, is_open, position
from migrator.commands.numbers import natural
from migrator.interpret.expand import is_split
from migrator.shell.syntax import ArrayLiteral, Assignment
from migrator.trace.symbols import SymbolKind, is_known

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrator.interpret.execute import Interpreter
    from migrator.source import Span


ELEMENT = re.compile(r"([A-Za-z_]\w*)\[(.+)\]", re.DOTALL)


class Assigner:
    """Carries out assignments in the state of one interpreter."""

    def __init__(self, shell: Interpreter) -> None:
        self.shell = shell

    def scalar(self, name: str, value: str) -> None:
        """`name=value`; a command such as `read` or `printf -v` may name an element."""
        state = self.shell.state
        element = ELEMENT.fullmatch(name)
        if element and self.shell.here is not None:
            self._put((state.referred(element[1]), element[2]), value, self.shell.here)
            return
        name = state.referred(name)
        if name in state.arrays:
            state.arrays[name]["0"] = value
            return
        state.variables[name] = value
        state.unset.discard(name)
        if "allexport" in state.options:
            state.exported.add(name)

    def all(self, assignments: Sequence[Assignment]) -> None:
        """Assignments that stand alone."""
        for assignment in assignments:
            self.one(assignment)

    def one(self, assignment: Assignment) -> None:
        """One assignment of any form."""
        assignment = replace(assignment, name=self.shell.state.referred(assignment.name))
        if isinstance(assignment.value, ArrayLiteral):
            self._array(assignment.name, assignment.value, append=assignment.append)
        elif assignment.subscript is not None:
            self._element(assignment)
        else:
            value = self.shell.words.text(assignment.value)
            if assignment.append:
                value = self.shell.words.parameters.variable(assignment.name) + value
                self.shell.budget.spend(len(value))
            self.scalar(assignment.name, value)

    def _array(self, name: str, literal: ArrayLiteral, *, append: bool) -> None:
        state = self.shell.state
        unsure = append and self._was_anything(name)
        before = state.array(name) if append and not unsure else {}
        self.shell.budget.spend(len(before))
        found = (self._map if name in state.maps else self._indexed)(dict(before), literal)
        if found is None or unsure:
            state.forget_array(name, self.shell.symbols.unknown(literal.span, name))
            return
        state.variables.pop(name, None)
        state.unset.discard(name)
        state.arrays[name] = found

    def _map(self, array: dict[str, str], literal: ArrayLiteral) -> dict[str, str] | None:
        """The elements of an associative array, by name or in pairs of key and value; None where nobody knows a key."""
        pairs = [(self.shell.words.text(key), self.shell.words.text(word)) for key, word in literal.elements if key]
        if len(pairs) < len(literal.elements):
            words = [self.shell.words.text(word) for _, word in literal.elements]
            pairs = [] if pairs else list(_in_twos([*words, ""][: len(words) + len(words) % 2]))
            if not pairs:
                return None
        if not all(is_known(key) for key, _ in pairs):
            return None
        return array | dict(pairs)

    def _indexed(self, array: dict[str, str], literal: ArrayLiteral) -> dict[str, str] | None:
        """The elements of an indexed array, each with an index or behind the last; None where nobody knows an index."""
        if is_open(array):
            return None  # what stands behind the last, nobody knows where
        split = is_split([word for _, word in literal.elements])
        place = behind(array)
        for key, word in literal.elements:
            if key is not None:
                index = self._index(array, self.shell.words.text(key), literal.span)
                if index is None:
                    return None
                array[str(index)] = self.shell.words.text(word)
                place = index + 1
                continue
            values = self.shell.words.fields([word])
            if split and not all(map(is_known, values)):
                return None
            for value in values:
                array[str(place)] = value
                place += 1
        return array

    def _index(self, array: dict[str, str], key: str, span: Span) -> int | None:
        """The index that an expression means; None where that is not known, or below the first."""
        number = evaluate(self.shell, key, span) if is_known(key) else key
        if not is_known(number) or (number.startswith("-") and is_open(array)):
            return None
        index = position(array, int(number))
        return index if index >= 0 else None

    def _was_anything(self, name: str) -> bool:
        """Whether a name has a value that nobody knows, which may be an array."""
        return self.shell.symbols.holds(self.shell.state.variables.get(name, ""), SymbolKind.UNKNOWN)

    def _element(self, assignment: Assignment) -> None:
        key = self.shell.words.text(assignment.subscript)
        value = self.shell.words.text(assignment.value) if not isinstance(assignment.value, ArrayLiteral) else ""
        self._put((assignment.name, key), value, assignment.span, append=assignment.append)

    def _put(self, place: tuple[str, str], value: str, span: Span, *, append: bool = False) -> None:
        """`name[key]=value`."""
        (name, key), state = place, self.shell.state
        if self._was_anything(name):
            return
        array = state.array(name)
        if name not in state.maps:
            index = self._index(array, key, span)
            key = self.shell.symbols.unknown(span, name) if index is None else str(index)
        given = [one for one, there in array.items() if self.shell.symbols.holds(there, SymbolKind.WORDS)]
        if not is_known(key) or any((natural(key) or 0) >= (natural(one) or 0) for one in given):
            state.forget_array(name, self.shell.symbols.unknown(span, name))
            return
        array[key] = array.get(key, "") + value if append else value

    def declared(self, words: Sequence[str], assignments: Sequence[Assignment]) -> None:
        """`local -a x=(…)` and its like: the arrays that are not words."""
        flags = "".join(word[1:] for word in words[1:] if word.startswith("-"))
        for assignment in assignments:
            if words[0] == "local" or (words[0] in ("declare", "typeset") and "g" not in flags):
                self.shell.state.localise(assignment.name)
            if "A" in flags:
                self.shell.state.maps.add(assignment.name)
            self.one(assignment)

    @contextlib.contextmanager
    def during(self, assignments: Sequence[Assignment]) -> Iterator[None]:
        """`X=1 command`: the variables hold, exported, while the command runs."""
        if not assignments:
            yield
            return
        state = self.shell.state
        before = {a.name: (state.variables.get(a.name), a.name in state.exported) for a in assignments}
        self.all(assignments)
        state.exported.update(before)
        try:
            yield
        finally:
            state = self.shell.state
            for name, (value, exported) in before.items():
                _restore(state.variables, name, value)
                if not exported:
                    state.exported.discard(name)


def _restore(variables: dict[str, str], name: str, value: str | None) -> None:
    if value is None:
        variables.pop(name, None)
    else:
        variables[name] = value


def _in_twos(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Words two by two."""
    return zip(words[::2], words[1::2], strict=True)
