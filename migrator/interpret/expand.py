"""Words to fields: Bash Reference Manual 3.5, with symbols for what is not known."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from migrator.commands import patterns
from migrator.commands.arithmetic import evaluate
from migrator.commands.matching import is_pattern
from migrator.interpret.braces import expand_braces
from migrator.interpret.globs import glob
from migrator.interpret.parameters import Parameters
from migrator.shell.syntax import Arithmetic, CommandSubstitution, Literal, Parameter, ProcessSubstitution, Word
from migrator.trace.render import inside_quotes
from migrator.trace.streams import Text
from migrator.trace.symbols import Symbol, SymbolKind, is_known

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from migrator.interpret.execute import Interpreter
    from migrator.shell.syntax import WordPart

_BLANKS = " \t\n"
_PIECE = 16  # what a piece takes beside its text, in characters


@dataclass(frozen=True)
class Piece:
    """Part of a field: text, whether it is quoted, and whether it came out of an expansion (and so is split)."""

    text: str
    quoted: bool
    expanded: bool = False


_BREAK = Piece("", quoted=False)  # between the elements of "$@": a new field begins


class Expander:
    """Expands words in the state of one interpreter."""

    def __init__(self, shell: Interpreter) -> None:
        self.shell = shell
        self.parameters = Parameters(shell, self)

    # --- whole words --------------------------------------------------------------------------------------

    def fields(self, words: Iterable[Word]) -> list[str]:
        """The fields of some words: braces, tilde, expansions, splitting, globs, quote removal."""
        found: list[str] = []
        for word in words:
            for alternative in braces(word):
                pieces = self._pieces(alternative.parts)
                for field in self._split(pieces):
                    found.extend(self._globbed(field))
        return found

    def text(self, word: Word | None) -> str:
        """The text of a word where no splitting happens: an assignment, a redirection, `case` subject."""
        if word is None:
            return ""
        return "".join(piece.text for piece in self._pieces(word.parts, joined=True))

    def pattern(self, word: Word | None) -> str:
        """The word as a pattern: what is quoted in it is escaped."""
        if word is None:
            return ""
        pieces = self._pieces(word.parts, joined=True)
        return "".join(patterns.quote_pattern(piece.text) if piece.quoted else piece.text for piece in pieces)

    def pattern_text(self, word: Word | None, *, slashes: bool) -> str:
        """The pattern as it is written in `"${X%…}"`; with `slashes` a slash in it is escaped, as `${X/…}` wants."""
        symbols = self.shell.symbols
        found = ""
        pieces = self._pieces(word.parts, joined=True) if word is not None else []
        for quoted, group in groupby(pieces, key=lambda piece: piece.quoted):
            text = "".join(piece.text for piece in group)
            if quoted and not is_known(text):
                found += f'"{inside_quotes(text, symbols)}"'
            else:
                shown = inside_quotes(patterns.quote_pattern(text) if quoted else text, symbols)
                found += shown.replace("\\\\", "\\")
        return re.sub(r"(?<!\\)/", r"\\/", found) if slashes and "$(" not in found else found

    def regex(self, word: Word) -> str:
        """The word as the regular expression at the right of `=~`."""
        pieces = self._pieces(word.parts, joined=True)
        return "".join(re.escape(piece.text) if piece.quoted else piece.text for piece in pieces)

    # --- parts --------------------------------------------------------------------------------------------

    def _pieces(self, parts: Sequence[WordPart], *, joined: bool = False) -> list[Piece]:
        pieces: list[Piece] = []
        counted = 0
        for index, part in enumerate(parts):
            self.shell.budget.spend(sum(len(piece.text) + _PIECE for piece in pieces[counted:]))
            counted = len(pieces)
            if isinstance(part, Literal):
                text = part.text
                if index == 0 and not part.quoted:
                    text = self._tilde(text)
                pieces.append(Piece(text, part.quoted))
            elif isinstance(part, Parameter):
                pieces.extend(self._parameter(part, joined=joined))
            elif isinstance(part, CommandSubstitution):
                pieces.append(Piece(self.substitution(part), part.quoted, expanded=True))
            elif isinstance(part, Arithmetic):
                pieces.append(Piece(self.arithmetic(part.expression), part.quoted, expanded=True))
            elif isinstance(part, ProcessSubstitution):
                pieces.append(Piece(self.process_substitution(part), quoted=True))
        self.shell.budget.spend(sum(len(piece.text) + _PIECE for piece in pieces[counted:]))
        return pieces

    def _parameter(self, part: Parameter, *, joined: bool) -> list[Piece]:
        values = self.parameters.values(part)
        if values is None and not (joined or part.quoted) and self.parameters.takes_argument(part):
            # What is quoted in the argument stays quoted: ${X:+--label "a b"}.
            argument = part.argument.parts if part.argument is not None else ()
            return [replace(piece, expanded=True) if piece is not _BREAK else piece for piece in self._pieces(argument)]
        if values is None:
            return [Piece(self.parameters.text(part), part.quoted, expanded=True)]
        if joined or (part.quoted and self.parameters.is_star(part)):
            separator = self.shell.state.variables.get("IFS", " ")[:1] if self.parameters.is_star(part) else " "
            return [Piece(separator.join(values), part.quoted, expanded=True)]
        pieces: list[Piece] = []
        for index, value in enumerate(values):
            if index:
                pieces.append(_BREAK)
            pieces.append(Piece(value, part.quoted, expanded=True))
        return pieces or [Piece("", quoted=False, expanded=True)]

    def _tilde(self, text: str) -> str:
        if text == "~" or text.startswith("~/"):
            return self.parameters.variable("HOME") + text[1:]
        if text[:2] in ("~+", "~-") and text[2:3] in ("", "/"):
            return self.parameters.variable("PWD" if text[1] == "+" else "OLDPWD") + text[2:]
        assigned = re.match(r"[A-Za-z_]\w*=(?=~(?:/|$))", text)  # bash does so in arguments as well
        if assigned:
            return assigned[0] + self._tilde(text[assigned.end() :])
        return text

    def substitution(self, part: CommandSubstitution) -> str:
        """What `$(…)` prints, without the line ends at its end."""
        stream = self.shell.capture(part.body)
        if isinstance(stream, Text):
            return stream.text.rstrip("\n")
        text = self.shell.stream_text(stream)
        if text is not None:
            return text.rstrip("\n")
        return self.shell.symbols.unknown(getattr(stream, "because", part.span) or part.span)

    def arithmetic(self, expression: Word) -> str:
        """The value of `$((…))` as text."""
        return evaluate(self.shell, self.text(expression), expression.span)

    def process_substitution(self, part: ProcessSubstitution) -> str:
        """A path that stands for `<(…)`; its content can be read like a file's."""
        number = self.shell.state.fresh()
        path = f"/dev/fd/{number + 60}"
        if part.direction == "<":
            stream = self.shell.capture(part.body)
            self.shell.write_file(path, stream, part.span)
        else:
            self.shell.capture(part.body)
        return path

    # --- splitting and globs ------------------------------------------------------------------------------

    def _split(self, pieces: list[Piece]) -> list[list[Piece]]:
        splitter = _Splitter(self.shell.state.variables.get("IFS", _BLANKS))
        for piece in pieces:
            if piece is _BREAK:
                splitter.end()
            elif piece.expanded and not piece.quoted:
                splitter.split(piece.text)
            elif piece.text or piece.quoted:
                splitter.keep(piece)
        splitter.end()
        return splitter.fields

    def _globbed(self, field: list[Piece]) -> list[str]:
        plain = "".join(piece.text for piece in field)
        if "noglob" in self.shell.state.options or all(piece.quoted for piece in field):
            return [plain]
        pattern = "".join(patterns.quote_pattern(piece.text) if piece.quoted else piece.text for piece in field)
        if not is_pattern(pattern):
            return [plain]
        options = self.shell.state.options
        open_ended = "nocaseglob" in options or ("globstar" in options and "**" in pattern)
        state = self.shell.state
        found = None if open_ended else glob(state.workspace, state.cwd, pattern, dotfiles="dotglob" in options)
        if found is None:
            return [self._unknown_names(plain)]
        if not found:
            return [] if "nullglob" in self.shell.state.options else [plain]
        return found

    def _unknown_names(self, pattern: str) -> str:
        """A word for names that match `pattern` in a folder whose content is not known."""
        options = self.shell.state.options
        usual = re.fullmatch(r"(?:[\w./@%+=:,~*?-]|\[[\w!^.:-]+\])*", pattern.removeprefix(self.shell.root))
        if not usual or "dotglob" in options or "nocaseglob" in options or ("globstar" in options and "**" in pattern):
            return self.shell.symbols.unknown(self.shell.here)  # a stage's shell would find other names
        symbol = Symbol(
            SymbolKind.GLOB, pattern.replace("[^", "[!"), None, self.shell.here, None, empty=False,
            folder=self.shell.state.cwd,
        )  # fmt: skip
        return self.shell.symbols.character(symbol)


class _Splitter:
    """Collects fields: Bash Reference Manual 3.5.7. Blanks in IFS join up, every other separator counts."""

    def __init__(self, separators: str) -> None:
        self.fields: list[list[Piece]] = []
        self._separators = separators
        self._current: list[Piece] = []
        self._after_blank = False

    def keep(self, piece: Piece) -> None:
        """A piece that is not split: it belongs to the field at hand."""
        self._current.append(piece)
        self._after_blank = False

    def end(self) -> None:
        """The field at hand ends, if there is one."""
        if self._current:
            self.fields.append(self._current)
            self._current = []

    def split(self, text: str) -> None:
        """What an unquoted expansion gave."""
        start = 0
        for index, character in enumerate(text):
            if character not in self._separators:
                continue
            self._take(text[start:index])
            start = index + 1
            if character in _BLANKS:
                self._after_blank = self._after_blank or bool(self._current)
                self.end()
            elif self._after_blank:
                self._after_blank = False  # the blanks before it were part of this separator
            else:
                self._current = self._current or [Piece("", quoted=True)]
                self.end()
        self._take(text[start:])

    def _take(self, text: str) -> None:
        if text:
            self.keep(Piece(text, quoted=False, expanded=True))


def is_split(words: Sequence[Word]) -> bool:
    """Whether words are one expansion without quotes and nothing else: who writes that wants what it is split into."""
    if len(words) != 1 or len(words[0].parts) != 1:
        return False
    part = words[0].parts[0]
    return isinstance(part, Parameter | CommandSubstitution) and not part.quoted


def braces(word: Word) -> list[Word]:
    """Brace expansion on the unquoted literals of a word; a word without braces is returned as it is."""
    if not any(isinstance(part, Literal) and not part.quoted and "{" in part.text for part in word.parts):
        return [word]
    atoms: list[WordPart | str] = []
    for part in word.parts:
        if isinstance(part, Literal) and not part.quoted:
            atoms.extend(part.text)
        else:
            atoms.append(part)
    return [_reword(word, alternative) for alternative in expand_braces(atoms)]


def _reword(word: Word, atoms: list[WordPart | str]) -> Word:
    parts: list[WordPart] = []
    for plain, group in groupby(atoms, key=lambda atom: isinstance(atom, str)):
        found = list(group)
        if plain:
            parts.append(Literal(word.span, "".join(atom for atom in found if isinstance(atom, str)), quoted=False))
        else:
            parts.extend(atom for atom in found if not isinstance(atom, str))
    return Word(word.span, tuple(parts))


__all__ = ["Expander", "Piece", "braces", "is_known", "is_split"]
