"""The lexer: a script to statements, each a list of tokens with a shape for bashlex.

It knows of the grammar only what it needs to tell a word from a reserved word, where a statement at the top of a
sequence ends, and what bashlex cannot take. Everything else is decided by bashlex on the masked text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.shell.arrays import ARRAY, ASSIGNMENT, SUBSCRIPTED, read_array, read_assignment
from migrator.shell.blocks import ESAC, read_arithmetic_header, read_case
from migrator.shell.conditions import TEST_START, read_test
from migrator.shell.cursor import MOST_WRONG, Closer, TooMuchTextError
from migrator.shell.expansions import read_double_paren
from migrator.shell.redirects import REDIRECT, read_redirect
from migrator.shell.statements import State, Statements
from migrator.shell.syntax import ArithmeticCommand
from migrator.shell.tokens import FunctionName, Keyword, LoopWord, Token
from migrator.shell.words import read_word

if TYPE_CHECKING:
    from migrator.shell.cursor import Cursor
    from migrator.shell.syntax import Word
    from migrator.shell.tokens import Problem, Statement

_SEPARATOR = re.compile(r";;&|;;|;&|;|&&|&|\|\||\|&|\|")
_PARENS = re.compile(r"(?:[ \t]|\\\n)*(\()(?:[ \t]|\\\n)*(\))")
_TIME_OPTIONS = re.compile(r"(?:[ \t]+-p)?(?:[ \t]+--)?(?![^ \t\n;&|()<>])")
_COPROC_NAME = re.compile(r"[A-Za-z_]\w*[ \t]+(?=[({]|(?:if|while|until|for|case|select)[ \t\n])", re.ASCII)
_NOTHING = re.compile(r"[ \t]*(?:[\n;]|\Z)|[ \t]+#")
_DECLARING = frozenset(["alias", "declare", "eval", "export", "local", "readonly", "typeset"])

_OPENING = {"if": "if", "while": "while", "until": "while"}
_CLOSING = {"fi": "if", "done": "do", "}": "{"}
_INNER = frozenset(["then", "else", "elif", "do"])
_INTRODUCING = frozenset(["case", "for", "select", "function", "coproc", "time"])
_PREFIXES = frozenset(["!", "time", "coproc"])
_RESERVED = frozenset([*_OPENING, *_CLOSING, *_INNER, *_INTRODUCING, *_PREFIXES, "{", "esac", "in", "]]"])
_RESERVED_BEHIND_COMPOUND = frozenset([*_CLOSING, *_INNER, "{", "esac"])
_FRESH = frozenset([State.COMMAND, State.BODY])
_RESERVED_IN = {
    State.COMMAND: _RESERVED,
    State.BODY: _RESERVED,
    State.CLOSED: _RESERVED_BEHIND_COMPOUND,
}


class Lexer:
    """Reads the statements of one sequence, up to its closer."""

    def __init__(self, cursor: Cursor, closer: Closer) -> None:
        self._cursor = cursor
        self._closer = closer
        self._statements = Statements(cursor)
        self._begun = cursor.at

    def read(self) -> list[Statement]:
        """Reads to the closer, which stays, and gives back the statements."""
        cursor = self._cursor
        while True:
            cursor.skip_blanks_and_comment()
            self._begun = cursor.at
            if cursor.ended or self._at_closer():
                break
            if cursor.looking_at("\n"):
                self._newline()
            elif cursor.job.wrong > MOST_WRONG:
                raise TooMuchTextError(
                    f"more than {MOST_WRONG:,} of its statements are not shell", cursor.fault("").span
                )
            else:
                cursor.count()
                self._piece(cursor.text[cursor.at])
        self._statements.finish()
        return self._statements.complete

    def abandon(self, problem: Problem) -> list[Statement]:
        """The statements, when reading cannot go on: the last one is all of the text from its beginning on."""
        self._statements.abandon(problem, self._begun)
        return self._statements.complete

    def _at_closer(self) -> bool:
        cursor = self._cursor
        if self._closer is Closer.PAREN:
            return cursor.looking_at(")") and not self._statements.is_open("(")
        if self._closer is Closer.ARM and not self._statements.open:
            if cursor.looking_at(";;", ";&"):
                return True
            return self._statements.state in _RESERVED_IN and cursor.match(ESAC) is not None
        return False

    def _newline(self) -> None:
        """A line end separates where a command stands before it; elsewhere it is a blank."""
        at = self._cursor.at
        self._cursor.skip_newline()
        if self._statements.state in _FRESH or self._statements.state is State.IN:
            return
        if self._statements.open:
            self._statements.emit(at, at + 1, ";")
            self._statements.begin_command()
        else:
            self._statements.finish()

    # --- pieces --------------------------------------------------------------------------------------------------

    def _piece(self, character: str) -> None:
        cursor = self._cursor
        if character in "0123456789{<>&":
            found = cursor.match(REDIRECT)
            if found is not None:
                read_redirect(cursor, self._statements, found)
                if self._statements.state in _FRESH:
                    self._statements.state = State.PREFIX
                return
        if character == "(":
            self._open_paren()
        elif character == ")":
            cursor.at += 1
            self._statements.pop("(", ")")
            self._statements.emit(cursor.at - 1, cursor.at, ")")
            self._statements.state = State.CLOSED
        elif character in ";&|":
            self._separator()
        elif self._statements.state in _RESERVED_IN and cursor.match(TEST_START):
            self._block(cursor.at, read_test(cursor))
        else:
            self._word()

    def _separator(self) -> None:
        cursor = self._cursor
        start = cursor.at
        cursor.skip(_SEPARATOR)
        text = cursor.text[start : cursor.at]
        statements = self._statements
        if text in (";", "&") and not statements.open and statements.tokens:
            statements.finish(Token(start, cursor.at, text) if text == "&" else None)
            return
        statements.emit(start, cursor.at, text)
        if len(text) > 1 and text.startswith(";"):
            statements.blame(f"`{text}` stands outside of `case`", start)
        elif not statements.open and text in (";", "&"):
            statements.blame(f"`{text}` ends no command", start)
        if statements.is_wrong and not statements.open:
            statements.finish()
        else:
            statements.begin_command()

    def _open_paren(self) -> None:
        cursor = self._cursor
        start = cursor.at
        if self._statements.state in _FRESH and cursor.looking_at("((") and not self._statements.is_wrong:
            with cursor.nested():
                expression = read_double_paren(cursor, 0)
            if expression is not None:
                self._block(start, ArithmeticCommand(cursor.view.span(start, cursor.at), expression))
                return
        if self._statements.state not in _FRESH:
            self._statements.blame("`(` cannot stand here")
        cursor.at += 1
        self._statements.emit(start, cursor.at, "(")
        self._statements.push("(")
        self._statements.begin_command()

    def _block(self, start: int, node: object) -> None:
        """A compound command that bashlex sees as a subshell of one word."""
        end = self._cursor.at
        self._statements.emit(start, end, "(w)", node)
        self._statements.state = State.CLOSED

    # --- words ---------------------------------------------------------------------------------------------------

    def _word(self) -> None:
        cursor = self._cursor
        start = cursor.at
        assignable = self._statements.state in (State.COMMAND, State.PREFIX)
        if (assignable or self._statements.declaring) and self._assignment(assignable=assignable):
            return
        word = read_word(cursor)
        text = cursor.text[start : cursor.at]
        reserved = _RESERVED_IN.get(self._statements.state)
        if reserved is None or text not in reserved or not self._reserved(start, text):
            self._plain_word(start, cursor.at, text, word)

    def _assignment(self, *, assignable: bool) -> bool:
        """Reads `name=value` before a command, and `name=(…)` behind `declare` and its kin."""
        cursor = self._cursor
        start = cursor.at
        array = cursor.match(ARRAY)
        if array is not None:
            meaning = read_array(cursor, array)
        elif assignable and (cursor.match(ASSIGNMENT) or cursor.match(SUBSCRIPTED)):
            found = read_assignment(cursor)
            if found is None:
                return False
            meaning = found
        else:
            return False
        self._statements.emit(start, cursor.at, "w", meaning)
        if assignable:
            self._statements.state = State.PREFIX
        return True

    def _plain_word(self, start: int, end: int, text: str, word: Word) -> None:
        state = self._statements.state
        if state is State.IN:
            self._behind_name(start, end, text)
            return
        if state is State.COMMAND and (parens := self._cursor.match(_PARENS)):
            self._statements.emit(start, end, "w", FunctionName(word.literal or text))
            self._statements.emit(parens.start(1), parens.end(1), "(")
            self._statements.emit(parens.start(2), parens.end(2), ")")
            self._cursor.at = parens.end()
            self._statements.state = State.BODY
            return
        if state in (State.NAME, State.WORDS):
            self._statements.emit(start, end, "w", LoopWord(word))
            self._statements.state = State.IN if state is State.NAME else State.WORDS
            return
        self._statements.emit(start, end, "w", word)
        if state in (State.COMMAND, State.PREFIX):
            self._statements.state = State.ARGUMENTS
            self._statements.declaring = text in _DECLARING
        elif state is State.BODY:
            self._statements.blame(f"`{text[:40]}` is no body for a function")

    def _behind_name(self, start: int, end: int, text: str) -> None:
        if text == "in":
            self._statements.emit(start, end, text)
            self._statements.state = State.WORDS
        elif text == "do":
            self._reserved(start, text)
        else:
            self._statements.emit(start, end, "w")
            self._statements.blame(f"`{text[:40]}` cannot stand behind the name of a loop")

    # --- reserved words ------------------------------------------------------------------------------------------

    def _reserved(self, start: int, text: str) -> bool:
        """Handles a reserved word, behind which the cursor stands; False when it is a word here after all."""
        end = self._cursor.at
        if text in _PREFIXES and self._cursor.match(_NOTHING):
            return False
        if text in _INTRODUCING:
            self._introduced(start, text)
            return True
        if text in ("do", "{") and self._statements.state in (State.CLOSED, State.IN):
            self._separate(start)
        if text in _CLOSING:
            self._statements.pop(_CLOSING[text], text)
        elif text in _OPENING:
            self._statements.push(_OPENING[text])
        elif text == "do" or (text == "{" and self._statements.innermost == "for"):
            self._statements.enter_body(text)
        elif text == "{":
            self._statements.push("{")
        self._statements.emit(start, end, text)
        if text in _CLOSING or text == "esac":
            self._statements.state = State.CLOSED
        else:
            self._statements.begin_command()
        return True

    def _separate(self, start: int) -> None:
        """Puts a separator before `do` or `{` where bash needs none but bashlex does: `while (x) do`."""
        tokens = self._statements.tokens
        if tokens and tokens[-1].end < start:
            self._statements.emit(start - 1, start, ";")

    def _introduced(self, start: int, text: str) -> None:
        """The reserved words that are not simply passed on to bashlex."""
        cursor = self._cursor
        if text == "case":
            with cursor.nested():
                self._block(start, read_case(cursor, start))
        elif text == "for":
            self._for(start)
        elif text == "select":
            self._statements.emit(start, cursor.at, "for", Keyword(text))
            self._statements.push("for")
            self._statements.state = State.NAME
        elif text == "function":
            self._function(start)
        elif text == "coproc":
            cursor.skip_blanks()
            cursor.skip(_COPROC_NAME)
            self._statements.mark_opaque(start)
        else:
            cursor.skip(_TIME_OPTIONS)

    def _for(self, start: int) -> None:
        cursor = self._cursor
        end = cursor.at
        cursor.skip_blanks()
        self._statements.push("for")
        if not cursor.looking_at("(("):
            self._statements.emit(start, end, "for")
            self._statements.state = State.NAME
            return
        header_start = cursor.at
        header = read_arithmetic_header(cursor)
        self._statements.emit(start, end, "for", header)
        self._statements.emit(header_start, cursor.at, "w;")
        cursor.skip_blanks()
        cursor.take(";")
        self._statements.begin_command()

    def _function(self, start: int) -> None:
        """`function name [()]`, which bashlex sees as `w()`."""
        cursor = self._cursor
        cursor.skip_blanks()
        name = read_word(cursor)
        cursor.skip(_PARENS)
        self._statements.emit(start, start + len("function"), "w()", FunctionName(name.literal or name.span.text))
        self._statements.state = State.BODY
