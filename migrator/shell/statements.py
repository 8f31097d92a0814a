"""The lexer: a script to statements, each a list of tokens with a shape for bashlex.

It knows of the grammar only what it needs to tell a word from a reserved word, where a statement at the top of a
sequence ends, and what bashlex cannot take. Everything else is decided by bashlex on the masked text.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING

from migrator.shell.arrays import SUBSCRIPTED, read_array, read_assignment
from migrator.shell.blocks import ESAC, read_arithmetic_header, read_case
from migrator.shell.conditions import TEST_START, read_test
from migrator.shell.cursor import MAX_DEPTH, Closer, Cursor
from migrator.shell.expansions import read_double_paren
from migrator.shell.syntax import ArithmeticCommand, HereDocument
from migrator.shell.tokens import FunctionName, Keyword, Problem, RedirectToken, Statement, Token
from migrator.shell.words import COMMAND, read_word

if TYPE_CHECKING:
    from migrator.shell.syntax import Word

_REDIRECT = re.compile(r"(?:([0-9]+|\{[A-Za-z_]\w*\})?(<<<|<<-|<<|<&|<>|>>|>&|>\||<(?!\()|>(?!\())|(&>>|&>))", re.ASCII)
_SEPARATOR = re.compile(r";;&|;;|;&|;|&&|&|\|\||\|&|\|")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=", re.ASCII)
_ARRAY = re.compile(r"([A-Za-z_]\w*)(\+?)=\(", re.ASCII)
_PARENS = re.compile(r"(?:[ \t]|\\\n)*(\()(?:[ \t]|\\\n)*(\))")
_TIME = re.compile(r"time(?:[ \t]+-p)?(?:[ \t]+--)?(?=[ \t]+[^ \t\n;&|)#])")
_COPROC_NAME = re.compile(r"[A-Za-z_]\w*[ \t]+(?=[({]|(?:if|while|until|for|case|select)[ \t\n])", re.ASCII)
_DECLARING = frozenset(["alias", "declare", "eval", "export", "local", "readonly", "typeset"])
_FIRST_FREE_DESCRIPTOR = 10

_OPENING = {"if": "if", "while": "while", "until": "while"}
_CLOSING = {"fi": "if", "done": "do", "}": "{"}
_INNER = frozenset(["then", "else", "elif", "do"])
_RESERVED = frozenset(
    [*_OPENING, *_CLOSING, *_INNER, "{", "!", "for", "select", "case", "esac", "function", "coproc", "time"]
)
_RESERVED_BEHIND_COMPOUND = frozenset([*_CLOSING, *_INNER, "{", "esac"])


class _State(Enum):
    """What may come next."""

    COMMAND = auto()  # a command; nothing of it has been read
    BODY = auto()  # the body of a function
    PREFIX = auto()  # assignments or redirections have been read, the command's name has not
    ARGUMENTS = auto()  # the command's name has been read
    CLOSED = auto()  # a compound command has been read, but not its redirections
    NAME = auto()  # the name behind `for` or `select`
    IN = auto()  # `in`, `do` or a separator behind that name
    WORDS = auto()  # the words behind `in`


_FRESH = frozenset([_State.COMMAND, _State.BODY])
_RESERVED_IN = {
    _State.COMMAND: _RESERVED,
    _State.BODY: _RESERVED,
    _State.CLOSED: _RESERVED_BEHIND_COMPOUND,
}


class StatementReader:
    """Reads the statements of one sequence, up to its closer."""

    def __init__(self, cursor: Cursor, closer: Closer) -> None:
        self._cursor = cursor
        self._closer = closer
        self._base_depth = cursor.job.depth
        self._stack: list[str] = []
        self._declaring = False
        self._coproc: int | None = None
        self._state = _State.COMMAND
        self._begun = cursor.at
        self._current = Statement()
        self.statements: list[Statement] = []

    def read(self) -> None:
        """Reads to the closer, which stays, and fills `statements`."""
        cursor = self._cursor
        while True:
            cursor.skip_blanks_and_comment()
            if cursor.ended or self._at_closer():
                break
            if cursor.looking_at("\n"):
                self._newline()
            else:
                self._begun = cursor.at
                self._piece(cursor.text[cursor.at])
        self.finish()

    def abandon(self, problem: Problem) -> None:
        """Makes one statement of what has been read of the last one and all of the text behind it."""
        cursor = self._cursor
        self._stack.clear()
        self._current.problem = problem
        end = len(cursor.text.rstrip())
        start = self._current.tokens[-1].end if self._current.tokens else self._begun
        self._emit(min(start, end), end, "")
        self.finish()

    # --- where a statement ends ----------------------------------------------------------------------------------

    def _at_closer(self) -> bool:
        cursor = self._cursor
        if self._closer is Closer.PAREN and "(" not in self._stack:
            return cursor.looking_at(")")
        if self._closer is Closer.ARM and not self._stack:
            if cursor.looking_at(";;", ";&"):
                return True
            return self._state in _RESERVED_IN and cursor.match(ESAC) is not None
        return False

    def finish(self, background: Token | None = None) -> None:
        """Ends the statement that is being read."""
        if self._stack:
            self._blame(f"`{self._stack[-1]}` is not closed")
        current = self._current
        current.background = background
        if current.tokens:
            self.statements.append(current)
        self._current = Statement()
        self._stack.clear()
        self._cursor.job.depth = self._base_depth
        self._begin_command()

    def _begin_command(self) -> None:
        self._state = _State.COMMAND
        self._declaring = False

    def _newline(self) -> None:
        """A line end separates where a command stands before it; elsewhere it is a blank."""
        at = self._cursor.at
        self._cursor.skip_newline()
        if self._state in _FRESH or self._state is _State.IN:
            return
        if self._stack:
            self._emit(at, at + 1, ";")
            self._begin_command()
        else:
            self.finish()

    # --- pieces --------------------------------------------------------------------------------------------------

    def _emit(self, start: int, end: int, shape: str, meaning: object = None) -> Token:
        token = Token(start, end, shape, meaning, self._coproc)
        self._coproc = None
        self._current.tokens.append(token)
        return token

    def _blame(self, reason: str, *, too_deep: bool = False) -> None:
        if self._current.problem is None:
            cursor = self._cursor
            span = cursor.view.span(cursor.at, min(cursor.at + 1, len(cursor.text)))
            self._current.problem = Problem(reason, span, too_deep)

    def _push(self, kind: str) -> None:
        self._stack.append(kind)
        job = self._cursor.job
        job.depth = min(self._base_depth + len(self._stack), MAX_DEPTH)
        if self._base_depth + len(self._stack) > MAX_DEPTH:
            self._blame(f"more than {MAX_DEPTH} constructs stand inside each other", too_deep=True)

    def _pop(self, kind: str, closing: str) -> None:
        """Leaves the innermost construct, which must be of this kind."""
        if kind not in self._stack:
            self._blame(f"`{closing}` closes nothing")
            return
        if self._stack[-1] != kind:
            self._blame(f"`{closing}` stands where `{self._stack[-1]}` is not closed")
        while self._stack.pop() != kind:
            pass
        self._cursor.job.depth = min(self._base_depth + len(self._stack), MAX_DEPTH)

    def _piece(self, character: str) -> None:
        cursor = self._cursor
        if character in "0123456789{<>&":
            found = cursor.match(_REDIRECT)
            if found is not None:
                self._redirect(found)
                return
        if character == "(":
            self._open_paren()
        elif character == ")":
            cursor.at += 1
            self._pop("(", ")")
            self._emit(cursor.at - 1, cursor.at, ")")
            self._state = _State.CLOSED
        elif character in ";&|":
            self._separator()
        elif self._state in _RESERVED_IN and cursor.match(TEST_START):
            self._block(cursor.at, read_test(cursor))
        else:
            self._word()

    def _separator(self) -> None:
        cursor = self._cursor
        start = cursor.at
        cursor.skip(_SEPARATOR)
        text = cursor.text[start : cursor.at]
        if text not in (";", "&") or self._stack:
            self._emit(start, cursor.at, text)
            if text.startswith(";") and len(text) > 1:
                self._blame(f"`{text}` stands outside of `case`")
            self._begin_command()
        elif not self._current.tokens:
            self._emit(start, cursor.at, text)
            self._blame(f"`{text}` ends no command")
            self.finish()
        elif text == "&":
            self.finish(Token(start, cursor.at, text))
        else:
            self.finish()

    def _open_paren(self) -> None:
        cursor = self._cursor
        start = cursor.at
        doomed = self._current.problem is not None
        if self._state in _FRESH and cursor.looking_at("((") and not doomed:
            with cursor.nested():
                expression = read_double_paren(cursor, 0)
            if expression is not None:
                self._block(start, ArithmeticCommand(cursor.view.span(start, cursor.at), expression))
                return
        if self._state not in _FRESH:
            self._blame("`(` cannot stand here")
        cursor.at += 1
        self._emit(start, cursor.at, "(")
        self._push("(")
        self._begin_command()

    def _block(self, start: int, node: object) -> None:
        """A compound command that bashlex sees as a subshell of one word."""
        end = self._cursor.at
        self._emit(start, end, "(" + "w" * (end - start - 2) + ")", node)
        self._state = _State.CLOSED

    def _redirect(self, found: re.Match[str]) -> None:
        cursor = self._cursor
        start = cursor.at
        cursor.at = found.end()
        operator = found[2] or found[3]
        descriptor = None
        if found[1]:
            # `{name}>` takes a descriptor that is not in use yet: bash counts them from 10.
            descriptor = _FIRST_FREE_DESCRIPTOR if found[1].startswith("{") else int(found[1][:9])
        behind = found.end()
        cursor.skip_blanks()
        target_start = cursor.at
        target = read_word(cursor)
        if cursor.at == target_start:
            self._blame(f"`{operator}` lacks a word")
        redirect = RedirectToken(descriptor, operator, target)
        width = behind - start
        shape = " " * (width - 1) + ">" + " " * (target_start - behind) + "w" * (cursor.at - target_start)
        token = self._emit(start, cursor.at, shape, redirect)
        if operator in ("<<", "<<-"):
            cursor.pending.append(token)
        elif operator == "<<<":
            redirect.document = HereDocument(target.span, target)
        if self._state in _FRESH:
            self._state = _State.PREFIX

    # --- words ---------------------------------------------------------------------------------------------------

    def _word(self) -> None:
        cursor = self._cursor
        start = cursor.at
        assignable = self._state in (_State.COMMAND, _State.PREFIX)
        if (assignable or self._declaring) and self._assignment(assignable=assignable):
            return
        word = read_word(cursor, COMMAND)
        text = cursor.text[start : cursor.at]
        reserved = _RESERVED_IN.get(self._state)
        if reserved is None or text not in reserved or not self._reserved(start, text):
            self._plain_word(start, cursor.at, text, word)

    def _assignment(self, *, assignable: bool) -> bool:
        """Reads `name=value` before a command, and `name=(…)` behind `declare` and its kin."""
        cursor = self._cursor
        start = cursor.at
        array = cursor.match(_ARRAY)
        if array is not None:
            meaning = read_array(cursor, array)
        elif assignable and (cursor.match(_ASSIGNMENT) or cursor.match(SUBSCRIPTED)):
            found = read_assignment(cursor)
            if found is None:
                return False
            meaning = found
        else:
            return False
        self._emit(start, cursor.at, "w" * (cursor.at - start), meaning)
        if assignable:
            self._state = _State.PREFIX
        return True

    def _plain_word(self, start: int, end: int, text: str, word: Word) -> None:
        state = self._state
        if state is _State.IN:
            self._behind_name(start, end, text)
            return
        if state is _State.COMMAND and (parens := self._cursor.match(_PARENS)):
            self._emit(start, end, "w" * (end - start), FunctionName(word.literal or text))
            self._emit(parens.start(1), parens.end(1), "(")
            self._emit(parens.start(2), parens.end(2), ")")
            self._cursor.at = parens.end()
            self._state = _State.BODY
            return
        self._emit(start, end, "w" * (end - start), word)
        if state is _State.NAME:
            self._state = _State.IN
        elif state in (_State.COMMAND, _State.PREFIX):
            self._state = _State.ARGUMENTS
            self._declaring = text in _DECLARING
        elif state is _State.BODY:
            self._blame(f"`{text[:40]}` is no body for a function")

    def _behind_name(self, start: int, end: int, text: str) -> None:
        if text == "in":
            self._emit(start, end, text)
            self._state = _State.WORDS
        elif text == "do":
            self._reserved(start, text)
        else:
            self._emit(start, end, "w" * (end - start))
            self._blame(f"`{text[:40]}` cannot stand behind the name of a loop")

    # --- reserved words ------------------------------------------------------------------------------------------

    def _reserved(self, start: int, text: str) -> bool:
        """Handles a reserved word, behind which the cursor stands; False when it is a word here after all."""
        end = self._cursor.at
        if text in ("case", "for", "select", "function", "coproc", "time"):
            return self._introduced(start, text)
        if text in ("do", "{") and self._state in (_State.CLOSED, _State.IN):
            self._separate(start)
        if text in _CLOSING:
            self._pop(_CLOSING[text], text)
        elif text in _OPENING:
            self._push(_OPENING[text])
        elif text == "do" or (text == "{" and self._stack and self._stack[-1] == "for"):
            self._enter_body(text)
        elif text == "{":
            self._push("{")
        self._emit(start, end, text)
        if text in _CLOSING or text == "esac":
            self._state = _State.CLOSED
        else:
            self._begin_command()
        return True

    def _separate(self, start: int) -> None:
        """Puts a separator before `do` or `{` where bash needs none but bashlex does: `while (x) do`."""
        tokens = self._current.tokens
        if tokens and tokens[-1].end < start:
            self._emit(start - 1, start, ";")

    def _enter_body(self, opening: str) -> None:
        if self._stack and self._stack[-1] in ("for", "while"):
            self._stack[-1] = opening
        else:
            self._blame(f"`{opening}` belongs to no loop")

    def _introduced(self, start: int, text: str) -> bool:
        """The reserved words that are not simply passed on to bashlex."""
        cursor = self._cursor
        if text == "case":
            with cursor.nested():
                self._block(start, read_case(cursor, start))
        elif text == "for":
            self._for(start)
        elif text == "select":
            self._emit(start, cursor.at, "for", Keyword(text))
            self._push("for")
            self._state = _State.NAME
        elif text == "function":
            self._function(start)
        elif text == "coproc":
            cursor.skip_blanks()
            cursor.skip(_COPROC_NAME)
            self._coproc = start
        else:
            found = _TIME.match(cursor.text, start)
            if found is None:
                return False
            cursor.at = found.end()
        return True

    def _for(self, start: int) -> None:
        cursor = self._cursor
        end = cursor.at
        cursor.skip_blanks()
        self._push("for")
        if not cursor.looking_at("(("):
            self._emit(start, end, "for")
            self._state = _State.NAME
            return
        header_start = cursor.at
        header = read_arithmetic_header(cursor)
        self._emit(start, end, "for", header)
        self._emit(header_start, cursor.at, "w" * (cursor.at - header_start - 1) + ";")
        cursor.skip_blanks()
        cursor.take(";")
        self._begin_command()

    def _function(self, start: int) -> None:
        """`function name [()]`, which bashlex sees as `wwwwww()`."""
        cursor = self._cursor
        cursor.skip_blanks()
        name = read_word(cursor)
        cursor.skip(_PARENS)
        self._emit(start, start + len("function"), "wwwwww()", FunctionName(name.literal or name.span.text))
        self._state = _State.BODY
