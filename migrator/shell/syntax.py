"""The shell's tree: frozen nodes with exact spans into the script as it is written.

Vocabulary and grammar follow the Bash Reference Manual (sections 3.2 to 3.6) and POSIX XCU chapter 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migrator.diagnostics import Diagnostic
    from migrator.source import Source, Span

# --- words ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Literal:
    """Text after quote removal. Quoted text is neither split nor globbed; `""` is a quoted empty literal."""

    span: Span
    text: str
    quoted: bool


@dataclass(frozen=True)
class Parameter:
    """A parameter expansion: `$X`, `${X:-word}`, `${#X}`, `${!X}`, `${X[1]}`, `$1`, `$@`, `$?`.

    `operator` is None or one of `:- - := = :? ? :+ + # ## % %% / // /# /% : ^ ^^ , ,, @ names`; `names` is
    `${!prefix*}`. `argument` is the word behind it (the pattern for `/`, the offset for `:`), `second` the
    replacement of `/` or the length of `:`. `subscript` is the word between brackets (`@` and `*` are literals).
    """

    span: Span
    name: str
    quoted: bool
    operator: str | None = None
    argument: Word | None = None
    second: Word | None = None
    subscript: Word | None = None
    length: bool = False
    indirect: bool = False


@dataclass(frozen=True)
class CommandSubstitution:
    """`$(…)` or backticks; `body` is what is inside."""

    span: Span
    body: Sequence
    quoted: bool


@dataclass(frozen=True)
class Arithmetic:
    """`$((…))` or `$[…]`; `expression` is its text as a word whose parts may hold expansions."""

    span: Span
    expression: Word
    quoted: bool


@dataclass(frozen=True)
class ProcessSubstitution:
    """`<(…)` or `>(…)`; `direction` is `<` or `>`."""

    span: Span
    direction: str
    body: Sequence


WordPart = Literal | Parameter | CommandSubstitution | Arithmetic | ProcessSubstitution


@dataclass(frozen=True)
class Word:
    """One shell word, in parts, before any expansion. Tilde, braces and globs stand as unquoted literals."""

    span: Span
    parts: tuple[WordPart, ...]

    @property
    def literal(self) -> str | None:
        """The word's text when nothing in it is expanded, else None."""
        texts = [part.text for part in self.parts if isinstance(part, Literal)]
        return "".join(texts) if len(texts) == len(self.parts) else None


# --- simple commands -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class HereDocument:
    """The body of `<<` or `<<<`. `word` holds it with its expansions (all literal for a quoted delimiter).

    The terminator line is not in it; for `<<-` the leading tabs are gone.
    """

    span: Span
    word: Word


@dataclass(frozen=True)
class Redirect:
    """`[n]operator target`; operator is one of `< > >> >| <> >& <& &> &>> << <<- <<<`.

    `descriptor` is None where the script does not write one. A here-document has `document` and no `target`.
    """

    span: Span
    descriptor: int | None
    operator: str
    target: Word | None
    document: HereDocument | None = None


@dataclass(frozen=True)
class ArrayLiteral:
    """`( … )` at the right of an assignment; an element with a subscript (`[k]=v`) is a pair."""

    span: Span
    elements: tuple[tuple[Word | None, Word], ...]


@dataclass(frozen=True)
class Assignment:
    """`name=value`, `name+=value`, `name[subscript]=value`, `name=(…)`."""

    span: Span
    name: str
    value: Word | ArrayLiteral
    append: bool = False
    subscript: Word | None = None


@dataclass(frozen=True)
class Simple:
    """A simple command; `declare`, `local`, `export`, `readonly` and `typeset` are words like any other.

    An argument of theirs that is an assignment with an array literal stands in `assignments` and in no word.
    """

    span: Span
    assignments: tuple[Assignment, ...]
    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...]


# --- compound commands ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pipeline:
    """Commands joined by `|`; `negated` by a leading `!`. A lone command without `!` is not wrapped.

    `both` says of each bar whether it is `|&` (one fewer than there are commands).
    """

    span: Span
    commands: tuple[Command, ...]
    negated: bool = False
    both: tuple[bool, ...] = ()


@dataclass(frozen=True)
class AndOr:
    """`left && right` or `left || right`, left-associative; `operator` is `&&` or `||`."""

    span: Span
    left: Command
    operator: str
    right: Command


@dataclass(frozen=True)
class Background:
    """`command &`."""

    span: Span
    command: Command


@dataclass(frozen=True)
class Sequence:
    """Commands one after the other; may be empty."""

    span: Span
    commands: tuple[Command, ...]


@dataclass(frozen=True)
class Subshell:
    """`( … )`."""

    span: Span
    body: Sequence
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True)
class Group:
    """`{ …; }`."""

    span: Span
    body: Sequence
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True)
class If:
    """`if … then … elif … else … fi`: (condition, body) pairs in order, and what stands behind `else`."""

    span: Span
    branches: tuple[tuple[Sequence, Sequence], ...]
    otherwise: Sequence | None
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True)
class For:
    """`for name in words`; `words` is None where `in` is missing, which means `"$@"`."""

    span: Span
    name: str
    words: tuple[Word, ...] | None
    body: Sequence
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True)
class ArithmeticFor:
    """`for (( first; condition; step ))`; an empty part is None."""

    span: Span
    first: Word | None
    condition: Word | None
    step: Word | None
    body: Sequence
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True)
class While:
    """`while` or, with `until`, its opposite."""

    span: Span
    condition: Sequence
    body: Sequence
    until: bool = False
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True)
class Select:
    """`select name in words`: a menu, so its answer is never known."""

    span: Span
    name: str
    words: tuple[Word, ...] | None
    body: Sequence
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True)
class CaseItem:
    """One arm; `terminator` is `;;`, `;&` or `;;&`."""

    span: Span
    patterns: tuple[Word, ...]
    body: Sequence
    terminator: str


@dataclass(frozen=True)
class Case:
    """`case word in … esac`."""

    span: Span
    subject: Word
    items: tuple[CaseItem, ...]
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True)
class TestUnary:
    """`-f word` and the like; a lone word is `-n word`."""

    operator: str
    operand: Word


@dataclass(frozen=True)
class TestBinary:
    """`left operator right`: `= == != < > =~ -eq -ne -lt -le -gt -ge -nt -ot -ef`."""

    left: Word
    operator: str
    right: Word


@dataclass(frozen=True)
class TestNot:
    """`! test`."""

    test: TestExpression


@dataclass(frozen=True)
class TestJunction:
    """`left && right` or `left || right` inside `[[ ]]`."""

    left: TestExpression
    operator: str
    right: TestExpression


TestExpression = TestUnary | TestBinary | TestNot | TestJunction


@dataclass(frozen=True)
class Test:
    """`[[ … ]]`."""

    __test__ = False

    span: Span
    expression: TestExpression
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True)
class ArithmeticCommand:
    """`(( … ))`, and `let` is a simple command."""

    span: Span
    expression: Word
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True)
class Function:
    """A definition; the body is a compound command with its own redirections."""

    span: Span
    name: str
    body: Command


@dataclass(frozen=True)
class Opaque:
    """What could not be parsed: the smallest whole statement that holds it, and why."""

    span: Span
    reason: str


Compound = Subshell | Group | If | For | ArithmeticFor | While | Select | Case | Test | ArithmeticCommand
Command = Simple | Pipeline | AndOr | Background | Sequence | Compound | Function | Opaque


@dataclass(frozen=True)
class Script:
    """A whole script. `interpreter` is the text behind `#!`, or None; diagnostics are those of parsing."""

    source: Source
    interpreter: str | None
    body: Sequence
    diagnostics: tuple[Diagnostic, ...] = ()
