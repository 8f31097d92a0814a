"""Parameter expansion (Bash Reference Manual 3.5.3), also where the value is a parameter of the script itself."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from migrator.commands import matching
from migrator.commands.arithmetic import evaluate
from migrator.commands.arrays import MOST_KEYS, hash_order, is_open, part_of, position
from migrator.commands.numbers import natural
from migrator.interpret.special import count, nth, open_words, special
from migrator.trace.render import default_word, inside_quotes, renderable
from migrator.trace.symbols import Symbol, SymbolKind, is_known, is_symbol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from migrator.interpret.execute import Interpreter
    from migrator.interpret.expand import Expander
    from migrator.shell.syntax import Parameter, Word

_NAME = re.compile(r"[A-Za-z_]\w*|[0-9]+", re.ASCII)
_DEFAULTS = (":-", "-", ":=", "=", ":?", "?", ":+", "+")


class UnsetParameterError(Exception):
    """`${X:?…}` of a parameter that is empty: the script ends here."""


class Parameters:
    """Looks parameters up and applies the operators."""

    def __init__(self, shell: Interpreter, expander: Expander) -> None:
        self.shell, self.expander = shell, expander
        self._derived: dict[tuple[str, str], str] = {}

    # --- what a name stands for ---------------------------------------------------------------------------

    def variable(self, name: str) -> str:
        """The value of a scalar; what the script never sets is a parameter of it, as a symbol."""
        return self._scalar(name) or ""

    def _scalar(self, name: str) -> str | None:
        """The value, or None when it is certainly unset."""
        state = self.shell.state
        if name in state.variables:
            return state.variables[name]
        if name in state.arrays:
            array = state.arrays[name]
            return array.get("0", self.shell.symbols.unknown(self.shell.here, name) if is_open(array) else None)
        if name in state.unset:
            return None
        own = special(self.shell, name)
        if own is not None:
            return own
        if not re.fullmatch(r"[A-Za-z_]\w*", name) or state.is_unset(name):
            return None
        return self._environment(name)

    def _environment(self, name: str) -> str:
        symbol = Symbol(SymbolKind.PARAMETER, name, f"${name}", None)
        return self.shell.symbols.character(symbol)

    # --- several values -----------------------------------------------------------------------------------

    @staticmethod
    def _subscript(part: Parameter) -> str | None:
        return part.subscript.literal if part.subscript is not None else None

    def is_star(self, part: Parameter) -> bool:
        """Whether the expansion joins its values: `$*`, `${a[*]}`."""
        return part.name == "*" or self._subscript(part) == "*"

    def values(self, part: Parameter) -> list[str] | None:
        """The values of `$@`, `${a[@]}` and their like; None for everything that is one value."""
        if part.length:
            return None
        part = self._referred(part)
        if part.operator == "names":
            return self._names(part.name)
        if part.indirect and self._subscript(part) in ("@", "*"):
            return self._keys(part.name)
        values: list[str] | None = None
        if part.name in ("@", "*"):
            values = list(self.shell.state.positional)
        elif self._subscript(part) in ("@", "*"):
            values = [self.shell.source_name] if part.name == "BASH_SOURCE" else self._array_values(part.name)
        if values is None or part.operator is None:
            return values
        return self._each(part, values)

    def _array_values(self, name: str) -> list[str]:
        state = self.shell.state
        if name in state.arrays:
            array = state.arrays[name]
            return list(array.values())[:1] if is_open(array) else [array[key] for key in self._ordered(name)]
        if name in state.variables:
            return [state.variables[name]]
        return []

    def _is_many(self, values: Iterable[str]) -> bool:
        """Whether one of the values stands for several, so that none has a place of its own: names, or split words."""
        return any(map(self.shell.symbols.is_many, values))

    def _keys(self, name: str) -> list[str]:
        array = self.shell.state.arrays.get(name, {"0": ""} if name in self.shell.state.variables else {})
        unsure = self.shell.symbols.holds(self.shell.state.variables.get(name, ""), SymbolKind.UNKNOWN)
        if is_open(array) or unsure or self._has_arguments(array):
            return [self.shell.symbols.unknown(self.shell.here, name)]
        if name in self.shell.state.maps and len(array) > MOST_KEYS:
            return [self.shell.symbols.unknown(self.shell.here, name)]
        return self._ordered(name) or list(array)

    def _ordered(self, name: str) -> list[str]:
        array = self.shell.state.arrays.get(name, {})
        return hash_order(array) if name in self.shell.state.maps else sorted(array, key=lambda key: natural(key) or 0)

    def _has_arguments(self, array: Mapping[str, str]) -> bool:
        """Whether an element stands for the arguments that the user may still give, however many these are."""
        return any(self.shell.symbols.holds(value, SymbolKind.WORDS) for value in array.values())

    def _names(self, prefix: str) -> list[str]:
        state = self.shell.state
        return sorted(name for name in {*state.variables, *state.arrays} if name.startswith(prefix))

    def _each(self, part: Parameter, values: list[str]) -> list[str]:
        operator = part.operator or ""
        if operator == ":":
            return self._slice_values(part, values)
        if operator in _DEFAULTS:
            joined = " ".join(values)
            chosen = self._default(part, joined if values else None, lambda: None)
            return values if chosen == joined and values else ([chosen] if chosen else [])
        return [self._operate(part, value) for value in values]

    def _slice_values(self, part: Parameter, values: list[str]) -> list[str]:
        offset, length = self._number(part.argument), self._number(part.second)
        unsure = offset is None or (part.second is not None and (length is None or length < 0))
        if offset is None or unsure or self._is_many(values) or part.name in self.shell.state.maps:
            return [self.shell.symbols.unknown(part.span)]
        if part.name not in ("@", "*") and part.name in self.shell.state.variables:
            return [self.shell.symbols.unknown(part.span)]  # bash takes a part of the text here
        if is_open(self.shell.state.arrays.get(part.name, {})):
            return [self.shell.symbols.unknown(part.span)]
        array = self.shell.state.arrays.get(part.name)
        if array is not None and self._has_arguments(array):
            rest = open_words(self.shell, values[0]) if len(values) == 1 and part.second is None else None
            if rest is None or offset < 0:
                return [self.shell.symbols.unknown(part.span)]
            return [self.shell.open_arguments(int(rest.name) + offset)]
        if array is not None:
            return part_of(array, offset, length)
        if part.name in ("@", "*"):
            values = [self.shell.state.script, *values]
            rest = open_words(self.shell, values[-1]) if len(values) > 1 else None
            if rest and offset > 0 and offset >= len(values):
                start = int(rest.name) + offset - len(values) + 1
                return [self.shell.open_arguments(start)]
        if offset + len(values) < 0:
            return []
        return values[offset:][:length]

    def _number(self, word: Word | None) -> int | None:
        if word is None:
            return None
        value = evaluate(self.shell, self.expander.text(word), self.shell.here or word.span)
        return int(value) if is_known(value) else None

    # --- one value ----------------------------------------------------------------------------------------

    def text(self, part: Parameter) -> str:
        """The value of an expansion that is one value."""
        if part.indirect and part.name in self.shell.state.references:
            return self.shell.state.referred(part.name)
        part = self._referred(part)
        if part.length:
            return self._length(part)
        name = part.name
        if part.indirect:
            name = self.shell.state.referred(self.variable(name))
            if not _NAME.fullmatch(name):  # not known, or an element of an array
                return self.shell.symbols.unknown(part.span)
        value = self._element(name, part) if part.subscript is not None else self._scalar(name)
        if part.operator is None:
            return value or ""
        if part.operator in _DEFAULTS:
            return self._default(part, value, lambda: name)
        return self._operate(part, value or "")

    def _referred(self, part: Parameter) -> Parameter:
        """The expansion of the variable that is meant, where the name is a reference."""
        name = self.shell.state.referred(part.name)
        return part if name == part.name else replace(part, name=name)

    def _element(self, name: str, part: Parameter) -> str | None:
        key = self.expander.text(part.subscript)
        if name == "BASH_SOURCE":
            return self.shell.source_name
        if name == "FUNCNAME":
            return self.variable(name)
        array = self.shell.state.arrays.get(name)
        if array is None:
            if key == "0":
                return self._scalar(name)
            # What cannot be known may be an array.
            unsure = self.shell.symbols.holds(self.shell.state.variables.get(name, ""), SymbolKind.UNKNOWN)
            return self.shell.symbols.unknown(part.span) if unsure else None
        if self._is_many(array.values()):
            return self.shell.symbols.unknown(part.span)
        if self._has_arguments(array):
            index = natural(key) if len(array) > max(natural(one) or 0 for one in array) else None
            return (
                self.shell.symbols.unknown(part.span)
                if index is None
                else nth(self.shell, self._array_values(name), index + 1)
            )
        if name not in self.shell.state.maps and natural(key) is None:
            number = evaluate(self.shell, key, part.span) if is_known(key) else key
            back = number.startswith("-") and is_open(array)
            key = str(position(array, int(number))) if is_known(number) and not back else number
        if not is_known(key) or (key not in array and is_open(array)):
            return self.shell.symbols.unknown(part.span)
        return array.get(key)

    def _length(self, part: Parameter) -> str:
        if part.name in ("@", "*"):
            return count(self.shell, self.shell.state.positional)
        if self._subscript(part) in ("@", "*"):
            values = self._array_values(part.name)
            if self._is_many(values) or is_open(self.shell.state.arrays.get(part.name, {})):
                return self.shell.symbols.unknown(part.span)
            return count(self.shell, values)
        value = (self._element(part.name, part) if part.subscript is not None else self._scalar(part.name)) or ""
        return str(len(value)) if is_known(value) else self.shell.symbols.unknown(part.span)

    def _default(self, part: Parameter, value: str | None, name: Callable[[], str | None]) -> str:
        operator = str(part.operator)
        colon, kind = operator.startswith(":"), operator[-1]
        missing = self._missing(value, empty_counts=colon)
        if missing is None:
            return self._open_default(part, str(value), name())
        if kind == "+":
            return "" if missing else self.expander.text(part.argument)
        if not missing:
            return value or ""
        if kind == "?":
            raise UnsetParameterError
        text = self.expander.text(part.argument)
        if kind == "=" and name():
            self.shell.assign(str(name()), text)
        return text

    def takes_argument(self, part: Parameter) -> bool:
        """Whether `${X-word}` or `${X+word}` certainly gives its word."""
        operator = str(part.operator)
        if operator not in (":-", "-", ":+", "+") or part.length or part.indirect:
            return False
        value = self._element(part.name, part) if part.subscript is not None else self._scalar(part.name)
        missing = self._missing(value, empty_counts=operator.startswith(":"))
        return missing is not None and missing == (operator[-1] == "-")

    def _missing(self, value: str | None, *, empty_counts: bool) -> bool | None:
        """Whether a value is unset (or empty, where that counts); None when the user decides it."""
        if value is None:
            return True
        found = list(self.shell.symbols.within(value))
        if not empty_counts:
            return None if self._subject(value) is not None else False
        if value == "":
            return True
        if len(found) < len(value) or any(not symbol.empty for symbol in found):
            return False
        return None

    def _open_default(self, part: Parameter, value: str, name: str | None) -> str:
        """An operator of the default family on a value that the user decides: the same operator, kept."""
        operator = str(part.operator)
        symbols = self.shell.symbols
        word = self.expander.text(part.argument)
        if operator[-1] == "=":
            operator = operator.replace("=", "-")
        if not renderable(value + word, symbols):
            if operator[-1] == "?":
                return value
            return symbols.unknown(part.span)
        subject = self._subject(value)
        written = f"{operator}{default_word(word, symbols)}"
        if subject is None:
            subject_text = f'$(v="{inside_quotes(value, symbols)}"; printf %s "${{v{written}}}")'
        else:
            subject_text = f"${{{subject}{written}}}"
        first = next(symbols.within(value))
        default = word if operator[-1] == "-" else None
        can_be_empty = operator[-1] == "+" or (operator[-1] == "-" and not self._certainly_filled(word, operator))
        symbol = Symbol(first.kind, first.name, subject_text, part.span, default, can_be_empty and operator[-1] != "?")
        found = self._derive(value, operator + word, symbol)
        if str(part.operator)[-1] == "=" and name:
            self.shell.assign(name, found)
        return found

    def _certainly_filled(self, word: str, operator: str) -> bool:
        if not operator.startswith(":"):
            return False
        found = list(self.shell.symbols.within(word))
        return len(found) < len(word) or any(not symbol.empty for symbol in found)

    def _subject(self, value: str) -> str | None:
        """The name between the braces, when the value is exactly `$NAME` or `${1}`."""
        if len(value) != 1 or not is_symbol(value):
            return None
        found = re.fullmatch(r"\$(?:\{(\d+)\}|([A-Za-z_]\w*))", self.shell.symbols[value].shell or "")
        return (found[1] or found[2]) if found else None

    # --- the other operators ------------------------------------------------------------------------------

    def _operate(self, part: Parameter, value: str) -> str:
        operator = str(part.operator)
        result: str | None = None
        if operator in ("#", "##"):
            result = matching.remove_prefix(value, self.expander.pattern(part.argument), longest=operator == "##")
        elif operator in ("%", "%%"):
            result = matching.remove_suffix(value, self.expander.pattern(part.argument), longest=operator == "%%")
        elif operator.startswith("/"):
            result = self._replace(part, value, operator)
        elif is_known(value):
            result = self._known_operator(part, value, operator)
        if result is not None:
            return result
        return self._kept_operator(part, value, operator)

    def _known_operator(self, part: Parameter, value: str, operator: str) -> str | None:
        if operator == ":":
            offset, length = self._number(part.argument), self._number(part.second)
            if offset is None or (part.second is not None and length is None):
                return None
            start = len(value) + offset if offset < 0 else offset
            if not 0 <= start <= len(value):
                return ""
            end = len(value) if length is None else (start + length if length >= 0 else len(value) + length)
            return value[start:end] if end >= start else None  # the shell ends there
        if operator in ("^^", ",,", "^", ","):
            return self._with_case(part, value, operator)
        if operator == "@" and self.expander.text(part.argument) == "Q" and value.isprintable():
            return "'" + value.replace("'", "'\\''") + "'"
        return None

    def _with_case(self, part: Parameter, value: str, operator: str) -> str | None:
        """`^^`, `,,`, `^`, `,`: the characters that match the pattern (`?` when there is none), or only the first."""
        pattern = self.expander.pattern(part.argument)
        if not is_known(pattern):
            return None
        count = len(value) if len(operator) > 1 else 1
        change = str.upper if operator[0] == "^" else str.lower
        changed = (change(c) if matching.fits(c, pattern or "?") else c for c in value[:count])
        return "".join(changed) + value[count:]

    def _replace(self, part: Parameter, value: str, operator: str) -> str | None:
        pattern, replacement = self.expander.pattern(part.argument), self.expander.text(part.second)
        if not pattern:  # an anchor alone matches the empty text there: ${a[@]/#/--x=}
            return {"/#": replacement + value, "/%": value + replacement}.get(operator, value)
        if not is_known(pattern) or "&" in replacement:  # bash 5.2 puts the match in place of &
            return None
        if not is_known(value) and matching.is_pattern(pattern):
            return None
        if not is_known(value) and not self._cannot_hide(value, pattern):
            return None
        return matching.replaced(value, pattern, replacement, operator)

    @staticmethod
    def _cannot_hide(value: str, pattern: str) -> bool:
        return not any(is_symbol(character) for character in value) or not pattern

    def _kept_operator(self, part: Parameter, value: str, operator: str) -> str:
        """An operator on a value that is not known, carried over as bash text."""
        symbols = self.shell.symbols
        argument = self.expander.pattern(part.argument)
        second = self.expander.text(part.second) if part.second is not None else None
        if not renderable(value + argument + (second or ""), symbols):
            return symbols.unknown(part.span)
        if operator == ":":  # a number, not a pattern
            written = operator + inside_quotes(self.expander.text(part.argument), symbols)
        else:
            written = operator + self.expander.pattern_text(part.argument, slashes=operator.startswith("/"))
        if second is not None:
            written += (":" if operator == ":" else "/") + inside_quotes(second, symbols)
        subject = self._subject(value)
        shell = (
            f"${{{subject}{written}}}"
            if subject
            else f'$(v="{inside_quotes(value, symbols)}"; printf %s "${{v{written}}}")'
        )
        name = next((symbol.name for symbol in symbols.within(value)), "VALUE")
        return self._derive(value, written, Symbol(SymbolKind.OUTPUT, name, shell, part.span))

    def _derive(self, value: str, operation: str, symbol: Symbol) -> str:
        """The same operation on the same value is the same value, wherever it is written."""
        return self._derived.setdefault((value, operation), self.shell.symbols.character(symbol))
