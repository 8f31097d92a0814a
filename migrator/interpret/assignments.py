"""Setting variables: scalars, arrays, prefix assignments, the frames of functions."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from migrator.commands.arithmetic import evaluate
from migrator.commands.numbers import natural
from migrator.shell.syntax import ArrayLiteral, Assignment
from migrator.trace.symbols import is_known

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrator.interpret.execute import Interpreter


class Assigner:
    """Carries out assignments in the state of one interpreter."""

    def __init__(self, shell: Interpreter) -> None:
        self.shell = shell

    def scalar(self, name: str, value: str) -> None:
        """`name=value`."""
        state = self.shell.state
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
        array = dict(state.arrays.get(name, {})) if append else {}
        self.shell.budget.spend(len(array))
        if append and name in state.variables:
            array["0"] = state.variables.pop(name)
        position = max((natural(key) or 0 for key in array), default=-1) + 1
        for key, word in literal.elements:
            if key is not None:
                text = self.shell.words.text(key)
                array[text] = self.shell.words.text(word)
                position = position if natural(text) is None else (natural(text) or 0) + 1
                continue
            for value in self.shell.words.fields([word]):
                array[str(position)] = value
                position += 1
        state.variables.pop(name, None)
        state.unset.discard(name)
        state.arrays[name] = array

    def _element(self, assignment: Assignment) -> None:
        state = self.shell.state
        key = self.shell.words.text(assignment.subscript)
        if (
            is_known(key)
            and assignment.subscript is not None
            and not (state.arrays.get(assignment.name) or {}).keys() - _digits(state.arrays.get(assignment.name))
        ):
            number = evaluate(self.shell, key, assignment.span)
            key = number if is_known(number) else key
        array = state.arrays.setdefault(assignment.name, {})
        if assignment.name in state.variables:
            array["0"] = state.variables.pop(assignment.name)
        value = self.shell.words.text(assignment.value) if not isinstance(assignment.value, ArrayLiteral) else ""
        array[key] = array.get(key, "") + value if assignment.append else value

    def declared(self, command: str, assignments: Sequence[Assignment]) -> None:
        """`local -a x=(…)` and its like: the arrays that are not words."""
        for assignment in assignments:
            if command == "local":
                self.shell.state.localise(assignment.name)
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


def _digits(array: dict[str, str] | None) -> set[str]:
    return {key for key in array or {} if natural(key) is not None}
