"""Same-length masking: what bashlex sees in place of a statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migrator.shell.tokens import Statement, Token


def masked(statement: Statement) -> str:
    """The statement with a plain shape for every token, and blanks for all else; as long as the statement is.

    Words are runs of `w`, redirections `> www`, compound commands that bashlex cannot read `(www)`. Comments,
    here-document bodies, joined lines and prefixes such as `time` are blank, so that every offset stays true.
    """
    pieces: list[str] = []
    at = statement.tokens[0].start
    for token in statement.tokens:
        pieces.append(" " * (token.start - at))
        pieces.append(token.shape.ljust(token.end - token.start))
        at = max(at, token.end)
    return "".join(pieces)


def anchor(token: Token) -> int:
    """Where the node begins that bashlex makes of the token: its first character that is not blank."""
    return token.start + len(token.shape) - len(token.shape.lstrip())
