"""Same-length masking: what bashlex sees in place of a statement."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.shell.syntax import Assignment, Word
from migrator.shell.tokens import RedirectToken

if TYPE_CHECKING:
    from migrator.shell.tokens import Statement, Token

# What a simple command is made of. Behind the end of a compound command such tokens are its redirections.
_SIMPLE = (Word, Assignment, RedirectToken)
_CLOSING = (")", "}", "fi", "done", "esac")


@dataclass
class Mask:
    """The plain text of a statement, and the way back from places in it.

    Simple commands are a `w` each, compound commands that bashlex cannot read `(w)`, redirections of compound
    commands `> w`. Comments, here-document bodies, joined lines and prefixes such as `time` are blank. The text is
    as long as the statement, so that every piece begins at its own offset; `ends` says where it ends.
    """

    text: str = ""
    tokens: dict[int, Token] = field(default_factory=dict)
    commands: dict[int, list[Token]] = field(default_factory=dict)
    ends: dict[int, int] = field(default_factory=dict)

    @property
    def is_simple_command(self) -> bool:
        """Whether the statement is one simple command, with nothing in it for a grammar to find out."""
        return self.text.strip() == "w" and bool(self.commands)


def mask(statement: Statement) -> Mask:
    """The masked statement; offsets count from its first token."""
    result = Mask()
    base = statement.tokens[0].start
    pieces: list[str] = []
    at = base
    command: list[Token] | None = None
    closed = False
    for token in statement.tokens:
        simple = isinstance(token.meaning, _SIMPLE) and not closed
        if simple and command is not None:
            command.append(token)
        else:
            shape = _simple_shape(token) if simple else token.shape
            start = token.start - base
            anchor = start + len(shape) - len(shape.lstrip())
            command = [token] if simple else None
            if command is not None:
                result.commands[anchor] = command
            result.tokens[anchor] = token
            result.ends[start + len(shape)] = token.end - base
            pieces.append(shape.rjust(token.start - at + len(shape)))
            at = token.start + len(shape)
            closed = shape.endswith(_CLOSING) or (closed and isinstance(token.meaning, RedirectToken))
    for anchor, tokens in result.commands.items():
        result.ends[anchor + 1] = tokens[-1].end - base
    result.text = "".join(pieces).ljust(statement.tokens[-1].end - base)
    return result


def _simple_shape(token: Token) -> str:
    """The letter for a simple command. A redirection may touch the reserved word before it: `!<f`, `do>f`."""
    return "w".rjust(token.end - token.start) if isinstance(token.meaning, RedirectToken) else "w"
