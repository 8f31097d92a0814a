"""`[[ … ]]` (Bash Reference Manual 3.2.5.2): its words, operators and grouping."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.shell.syntax import Test, TestBinary, TestJunction, TestNot, TestUnary
from migrator.shell.words import COMMAND, REGEX, read_word

if TYPE_CHECKING:
    from migrator.shell.cursor import Cursor
    from migrator.shell.syntax import TestExpression, Word

TEST_START = re.compile(r"\[\[(?=[ \t\n]|\\\n)")
_PUNCTUATION = re.compile(r"&&|\|\||[()<>](?!\()|[()]")
_UNARY = re.compile(r"-[abcdefghknoprstuvwxzGLNORS]")
_BINARY = frozenset(["=", "==", "!=", "=~", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"])


@dataclass(frozen=True)
class _Piece:
    """A word, or one of `&& || ( ) < > !` (then `word` is None)."""

    start: int
    text: str
    word: Word | None = None


def read_test(cursor: Cursor) -> Test:
    """The test that begins at the cursor, which is left behind its `]]`."""
    start = cursor.at
    cursor.at += 2
    pieces: list[_Piece] = []
    while True:
        cursor.skip_space()
        if cursor.ended:
            raise cursor.fault("`[[` is not closed by `]]`", start)
        piece = _read_piece(cursor, pieces[-1].text if pieces else "")
        if piece.text == "]]":
            break
        pieces.append(piece)
    expression = _Expression(cursor, pieces, start).whole()
    return Test(cursor.view.span(start, cursor.at), expression)


def _read_piece(cursor: Cursor, before: str) -> _Piece:
    start = cursor.at
    if before != "=~":
        punctuation = cursor.match(_PUNCTUATION)
        if punctuation is not None:
            cursor.at = punctuation.end()
            return _Piece(start, punctuation[0])
    word = read_word(cursor, REGEX if before == "=~" else COMMAND)
    if cursor.at == start:
        raise cursor.fault(f"`{cursor.text[start]}` cannot stand inside `[[ ]]`", start)
    return _Piece(start, cursor.text[start : cursor.at], word)


class _Expression:
    """Pieces to a tree; `||` binds less than `&&`, and both less than `!`."""

    def __init__(self, cursor: Cursor, pieces: list[_Piece], start: int) -> None:
        self._cursor = cursor
        self._pieces = pieces
        self._start = start
        self._next = 0

    def whole(self) -> TestExpression:
        expression = self._junction("||")
        if self._next < len(self._pieces):
            piece = self._pieces[self._next]
            raise self._cursor.fault(f"`{piece.text}` cannot stand here inside `[[ ]]`", piece.start)
        return expression

    def _peek(self, ahead: int = 0) -> _Piece | None:
        place = self._next + ahead
        return self._pieces[place] if place < len(self._pieces) else None

    def _word(self) -> Word:
        piece = self._peek()
        if piece is None:
            raise self._cursor.fault("a test in `[[ ]]` lacks a word", self._start)
        if piece.word is None:
            raise self._cursor.fault(f"`{piece.text}` cannot stand here inside `[[ ]]`", piece.start)
        self._next += 1
        return piece.word

    def _junction(self, operator: str) -> TestExpression:
        left = self._junction("&&") if operator == "||" else self._term()
        while (piece := self._peek()) is not None and piece.text == operator and piece.word is None:
            self._next += 1
            right = self._junction("&&") if operator == "||" else self._term()
            left = TestJunction(left, operator, right)
        return left

    def _term(self) -> TestExpression:
        piece = self._peek()
        if piece is None:
            raise self._cursor.fault("a test in `[[ ]]` lacks a word", self._start)
        with self._cursor.nested():
            if piece.text == "!":
                self._next += 1
                return TestNot(self._term())
            if piece.text == "(" and piece.word is None:
                self._next += 1
                inside = self._junction("||")
                closing = self._peek()
                if closing is None or closing.text != ")":
                    raise self._cursor.fault("`(` inside `[[ ]]` is not closed", piece.start)
                self._next += 1
                return inside
        return self._condition(piece)

    def _condition(self, piece: _Piece) -> TestExpression:
        behind = self._peek(1)
        operand_follows = behind is not None and behind.word is not None
        if operand_follows and behind is not None and behind.text not in _BINARY and _UNARY.fullmatch(piece.text):
            self._next += 1
            return TestUnary(piece.text, self._word())
        left = self._word()
        operator = self._peek()
        if operator is None or operator.text not in _BINARY:
            return TestUnary("-n", left)
        self._next += 1
        return TestBinary(left, operator.text, self._word())
