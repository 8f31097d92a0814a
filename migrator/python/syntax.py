"""Python's tree, as far as build programs need it: frozen nodes with exact spans into the text as it is written.

Vocabulary follows the Python Language Reference (chapters 6 to 8). What has no node here becomes `Unknown` or `Opaque`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migrator.source import Source, Span

# --- expressions ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Constant:
    """A literal: text (adjacent ones joined), bytes, number, True, False, None."""

    span: Span
    value: str | bytes | int | float | bool | None


@dataclass(frozen=True)
class Template:
    """An f-string: texts and the expressions between them, none of which has a conversion or a format."""

    span: Span
    parts: tuple[str | Expression, ...]


@dataclass(frozen=True)
class Name:
    """A name that is read."""

    span: Span
    name: str


@dataclass(frozen=True)
class Attribute:
    """`value.name`."""

    span: Span
    value: Expression
    name: str


@dataclass(frozen=True)
class Argument:
    """One argument of a call; `star` is empty, `*` or `**`."""

    span: Span
    value: Expression
    keyword: str | None
    star: str


@dataclass(frozen=True)
class Call:
    """`function(arguments)`."""

    span: Span
    function: Expression
    arguments: tuple[Argument, ...]


@dataclass(frozen=True)
class Starred:
    """`*value` in a list or tuple."""

    span: Span
    value: Expression


@dataclass(frozen=True)
class Listing:
    """A list, tuple or set as it is written; `kind` is its name."""

    span: Span
    kind: str
    items: tuple[Expression | Starred, ...]


@dataclass(frozen=True)
class Mapping:
    """A dictionary as it is written; `**other` is an item without a key."""

    span: Span
    items: tuple[tuple[Expression | None, Expression], ...]


@dataclass(frozen=True)
class Operation:
    """`left operator right`: `+ - * / // % |` and the like."""

    span: Span
    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Negation:
    """`not value`."""

    span: Span
    value: Expression


@dataclass(frozen=True)
class Junction:
    """`left and right`, `left or right`."""

    span: Span
    left: Expression
    operator: str
    right: Expression


@dataclass(frozen=True)
class Comparison:
    """`left operator right`; a chain of comparisons is `Unknown`."""

    span: Span
    left: Expression
    operator: str
    right: Expression


@dataclass(frozen=True)
class Choice:
    """`yes if condition else no`."""

    span: Span
    condition: Expression
    yes: Expression
    no: Expression


@dataclass(frozen=True)
class Subscript:
    """`value[index]`."""

    span: Span
    value: Expression
    index: Expression


@dataclass(frozen=True)
class Slice:
    """`lower:upper` between brackets."""

    span: Span
    lower: Expression | None
    upper: Expression | None


@dataclass(frozen=True)
class Comprehension:
    """`[element for target in iterable if conditions]`, also as a generator (`list`), a `set` or a `dict`.

    Where `nested`, the element is the comprehension of a second `for`; that of a `dict` is a key and a value.
    """

    span: Span
    element: Expression
    target: Expression
    iterable: Expression
    conditions: tuple[Expression, ...]
    kind: str = "list"
    nested: bool = False


@dataclass(frozen=True)
class Lambda:
    """`lambda parameters: value`, as a function that returns the value."""

    span: Span
    function: Function


@dataclass(frozen=True)
class Unknown:
    """An expression that has no node here."""

    span: Span
    reason: str


Expression = (
    Constant | Template | Name | Attribute | Call | Listing | Mapping | Operation | Negation | Junction | Comparison
    | Choice | Subscript | Slice | Comprehension | Lambda | Unknown
)  # fmt: skip

# --- statements -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Evaluate:
    """An expression as a statement."""

    span: Span
    value: Expression


@dataclass(frozen=True)
class Assign:
    """`targets = value`; with `operator` an augmented assignment to one target, with `annotation` an annotated one."""

    span: Span
    targets: tuple[Expression, ...]
    value: Expression
    operator: str | None = None
    annotation: str | None = None


@dataclass(frozen=True)
class Declaration:
    """`target: annotation`, which only says of what type a name is."""

    span: Span
    target: Expression
    annotation: str


@dataclass(frozen=True)
class If:
    """`if`; an `elif` is an `If` alone in `otherwise`."""

    span: Span
    condition: Expression
    body: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]


@dataclass(frozen=True)
class For:
    """`for target in iterable`."""

    span: Span
    target: Expression
    iterable: Expression
    body: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]


@dataclass(frozen=True)
class While:
    """`while condition`."""

    span: Span
    condition: Expression
    body: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]


@dataclass(frozen=True)
class With:
    """`with items`: each an expression and its target, if it has one."""

    span: Span
    items: tuple[tuple[Expression, Expression | None], ...]
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class Handler:
    """`except kind as name`."""

    span: Span
    kind: Expression | None
    name: str | None
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class Try:
    """`try … except … else … finally`."""

    span: Span
    body: tuple[Statement, ...]
    handlers: tuple[Handler, ...]
    otherwise: tuple[Statement, ...]
    final: tuple[Statement, ...]


@dataclass(frozen=True)
class Parameter:
    """One parameter of a function; `star` is empty, `*` or `**`; `only` says by position (`/`) or by name (`*`)."""

    name: str
    default: Expression | None
    star: str = ""
    only: str = ""


@dataclass(frozen=True)
class Function:
    """`def name(parameters)`; `plain` is false for what is async or a generator."""

    span: Span
    name: str
    parameters: tuple[Parameter, ...]
    body: tuple[Statement, ...]
    plain: bool
    decorators: tuple[Expression, ...] = ()


@dataclass(frozen=True)
class Class:
    """`class name(bases)`; `plain` is false where something else is given between the parentheses."""

    span: Span
    name: str
    bases: tuple[Expression, ...]
    body: tuple[Statement, ...]
    plain: bool
    decorators: tuple[Expression, ...] = ()


@dataclass(frozen=True)
class Return:
    """`return value`."""

    span: Span
    value: Expression | None


@dataclass(frozen=True)
class Raise:
    """`raise value`."""

    span: Span
    value: Expression | None


@dataclass(frozen=True)
class Import:
    """`import a.b as c` is (`a.b`, None, `c`); `from a import b as c` is (`a`, `b`, `c`); `*` is a name as well."""

    span: Span
    names: tuple[tuple[str, str | None, str | None], ...]


@dataclass(frozen=True)
class Plain:
    """`pass`, `break` or `continue`."""

    span: Span
    word: str


@dataclass(frozen=True)
class Outer:
    """`global names` or `nonlocal names`."""

    span: Span
    word: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Assert:
    """`assert condition`."""

    span: Span
    condition: Expression


@dataclass(frozen=True)
class Opaque:
    """A statement that has no node here, and why."""

    span: Span
    reason: str


Statement = (
    Evaluate | Assign | Declaration | If | For | While | With | Try | Function | Class | Return | Raise | Import | Plain
    | Outer | Assert | Opaque
)  # fmt: skip


@dataclass(frozen=True)
class Program:
    """A whole file."""

    source: Source
    body: tuple[Statement, ...]
