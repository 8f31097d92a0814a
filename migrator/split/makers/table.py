"""Every recogniser, in the order in which they are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.split.makers import go, interpreted, managed, native

if TYPE_CHECKING:
    from migrator.split.fat import Fat
    from migrator.split.makers.made import Made, Maker
    from migrator.split.statements import Statement

MAKERS: tuple[Maker, ...] = (
    go.go,
    native.compiler,
    native.make,
    native.rust,
    native.step,
    managed.maven,
    managed.gradle,
    managed.javac,
    managed.dotnet,
    interpreted.node,
    interpreted.python,
    interpreted.managed,
)


def recognised(statement: Statement, fat: Fat) -> Made | None:
    """What the first recogniser says that knows the command; None where none does."""
    if not statement.words or statement.words[0] is None:
        return None
    return next((made for maker in MAKERS if (made := maker(statement, fat)) is not None), None)
