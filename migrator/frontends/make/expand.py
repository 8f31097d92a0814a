"""References and functions of make: text with `$(…)` in it to text without, holes where only the run knows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.frontends.make import functions
from migrator.frontends.make.evaluation import Variable
from migrator.frontends.make.holes import HOLE, Hole, MakeStopsError, TroubleError
from migrator.frontends.program import Chunk
from migrator.rules import inputs as rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrator.frontends.make.evaluation import Evaluation
    from migrator.frontends.make.lines import Line
    from migrator.source import Span

_CLOSING = {"(": ")", "{": "}"}
_FUNCTION = re.compile(r"([a-z-]+)[ \t]+", re.DOTALL)
_DEEPEST = 60
# Text functions that give the same, hole or no hole, because they only look at blanks.
_KEEPS_HOLES = {"strip"}
# And these, where the hole is the first part of a path.
_OF_PATHS = {"dir", "notdir", "patsubst", "addprefix", "addsuffix", "firstword", "lastword", "basename", "suffix"}


def reference_end(text: str, start: int) -> int:
    """Behind the reference that begins with the `$` at `start`."""
    opening = text[start + 1 : start + 2]
    if opening not in _CLOSING:
        return start + 2
    closing, depth = _CLOSING[opening], 0
    for at in range(start + 1, len(text)):
        depth += (text[at] == opening) - (text[at] == closing)
        if not depth:
            return at + 1
    return -1


def arguments(text: str, most: int | None = None) -> list[str]:
    """The arguments of a function, apart at the commas that are in no parentheses."""
    found: list[str] = []
    depth = start = 0
    for at, character in enumerate(text):
        if character in "({":
            depth += 1
        elif character in ")}":
            depth -= 1
        elif character == "," and depth == 0 and (most is None or len(found) < most - 1):
            found.append(text[start:at])
            start = at + 1
    return [*found, text[start:]]


class Expander:
    """Expands the text of a Makefile; `read` takes text as lines of the Makefile, for `$(eval …)`."""

    def __init__(self, evaluation: Evaluation, read: Callable[[str, Span], None]) -> None:
        self.evaluation = evaluation
        self._read = read
        self._depth = 0
        self._special: dict[str, Callable[[str, Span], str]] = {
            "if": self._if, "or": self._or, "and": self._and, "foreach": self._foreach, "call": self._call,
            "shell": self._shell, "wildcard": self._wildcard, "value": self._value, "origin": self._origin,
            "flavor": self._flavor, "eval": self._eval, "info": self._say, "warning": self._say, "error": self._error,
            "abspath": self._absolute, "realpath": self._absolute,
        }  # fmt: skip

    def pieces(self, line: Line) -> list[Chunk]:
        """A line's text expanded, each piece with the place that it comes from."""
        found: list[Chunk] = []
        text, at = line.text, 0
        while at < len(text):
            dollar = text.find("$", at)
            end = len(text) if dollar < 0 else dollar
            found.extend(_exact(line.part(at, end)))
            if dollar < 0:
                break
            at = self._end(text, dollar, line.span(dollar, dollar + 1))
            span = line.span(dollar, at)
            found.append(Chunk(self.text(text[dollar:at], span), span))
        return found

    def text(self, text: str, span: Span) -> str:
        """A text expanded; `span` is what findings about it point at."""
        self._depth += 1
        try:
            if self._depth > _DEEPEST:
                raise TroubleError(rules.NOT_READABLE.at(span, reason="a variable refers to itself"))
            found, at = [], 0
            while (dollar := text.find("$", at)) >= 0:
                found.append(text[at:dollar])
                at = self._end(text, dollar, span)
                found.append(self._reference(text[dollar + 1 : at], span))
            return "".join([*found, text[at:]])
        finally:
            self._depth -= 1

    @staticmethod
    def _end(text: str, dollar: int, span: Span) -> int:
        end = reference_end(text, dollar)
        if end < 0:
            raise TroubleError(rules.NOT_READABLE.at(span, reason="a reference to a variable is not closed"))
        return min(end, len(text))

    def _reference(self, body: str, span: Span) -> str:
        if body in ("", "$"):
            return body
        if body[0] not in _CLOSING:
            return self.variable(body, span)
        inner = body[1:-1]
        called = _FUNCTION.match(inner)
        if called is not None:
            return self._function(called[1], inner[called.end() :], span)
        name = self.evaluation.demand(self.text(inner, span), span, "the name of a variable")
        replaced = re.fullmatch(r"([^:=]+):([^=]*)=(.*)", name, re.DOTALL)
        if replaced is None:
            return self.variable(name.strip(), span)
        value = self.variable(replaced[1].strip(), span)
        known = self.evaluation.known(value, span)
        if known is None:
            return self.evaluation.unknown("a suffix of what a command prints is replaced", span)
        return functions.substitution(known, replaced[2], replaced[3])

    # --- variables --------------------------------------------------------------------------------------------------

    def variable(self, name: str, span: Span) -> str:
        """The value of a variable, or of the environment variable of that name."""
        evaluation = self.evaluation
        found = evaluation.find(name)
        if name == "CURDIR" and found is None:
            return evaluation.here(span)
        if name == "PWD" and found is None:
            return evaluation.here(span, caller=True)
        if name == "?" and found is None:
            return evaluation.unknown("the times of files decide which prerequisites are newer", span)
        if found is None:
            # What is not a name of the shell's cannot come from the environment.
            plain = re.fullmatch(r"[A-Za-z_]\w*", name) is not None
            return evaluation.from_environment(name, "", span) if plain else ""
        value = found.text if found.simple else self.text(found.text, span)
        if found.conditional or (found.origin == "default" and name not in ("MAKE", "SHELL") and name.isalpha()):
            return evaluation.from_environment(name, value, span)
        return value

    def set_variable(self, name: str, operator: str, text: str, span: Span, *, override: bool = False) -> None:
        """Carries out an assignment of the file."""
        evaluation = self.evaluation
        before = evaluation.find(name)
        match operator:
            case "?=":
                if before is None or (before.origin == "default" and name in ("CC", "CXX", "AR", "LD")):
                    evaluation.assign(name, Variable(text, conditional=True))
                return
            case "+=" if before is not None and before.origin != "default":
                joined = f"{before.text} {self.text(text, span) if before.simple else text}"
                new = Variable(joined if before.text else joined[1:], before.simple)
                if before.conditional:
                    new = Variable(f"{self.variable(name, span)} {text}")
            case "+=":
                new = Variable(f"{'' if evaluation.scopes else self._inherited(name, span)}{text}")
            case "!=":
                new = Variable(self._shell(text, span), simple=True)
            case "=":
                new = Variable(text)
            case _:
                new = Variable(self.text(text, span), simple=True)
        evaluation.assign(name, new, override=override)

    def _inherited(self, name: str, span: Span) -> str:
        """The environment's value and a blank behind it, before what is appended; nothing where it is not set."""
        plain = re.fullmatch(r"[A-Za-z_]\w*", name) is not None
        if not plain or name in self.evaluation.setting.assumed:
            return ""
        return self.evaluation.capture(f'"${{{name}+${{{name}}} }}"', span, name)

    # --- functions ---------------------------------------------------------------------------------------------------

    def _function(self, name: str, text: str, span: Span) -> str:
        if name in self._special:
            return self._special[name](text, span)
        if name not in functions.TEXT:
            return self.evaluation.unknown(f"the function {name} is not followed", span)
        most, function = functions.TEXT[name]
        values = [self.text(value, span) for value in arguments(text, most)]
        if len(values) < most:
            raise TroubleError(rules.NOT_READABLE.at(span, reason=f"the function {name} takes {most} arguments"))
        if name in _KEEPS_HOLES:
            return str(function(*values))
        known = [self.evaluation.known(value, span, paths=name in _OF_PATHS) for value in values]
        if None in known:
            return self.evaluation.unknown(f"the function {name} is used on what a command prints", span)
        try:
            return function(*known)
        except ValueError as error:
            raise TroubleError(rules.NOT_READABLE.at(span, reason=f"the function {name} needs a number")) from error

    def _is_true(self, text: str, span: Span) -> bool:
        """Whether a condition is not empty."""
        if HOLE.sub("", text).strip():
            return True
        return bool(text) and not self.evaluation.decide(text, "", span)

    def _if(self, text: str, span: Span) -> str:
        parts = arguments(text, 3)
        if self._is_true(self.text(parts[0].strip(), span), span):
            return self.text(parts[1], span) if len(parts) > 1 else ""
        return self.text(parts[2], span) if len(parts) > 2 else ""

    def _or(self, text: str, span: Span) -> str:
        parts = [part.strip() for part in arguments(text)]
        for number, part in enumerate(parts):
            value = self.text(part, span)
            if number == len(parts) - 1:
                return value
            hole = self.evaluation.holes[value] if len(value) == 1 and HOLE.match(value) else None
            if hole is not None and hole.variable is not None:
                return self._either(hole, self._or(",".join(parts[number + 1 :]), span), span)
            if self._is_true(value, span):
                return value
        return ""

    def _either(self, hole: Hole, other: str, span: Span) -> str:
        """The value of a hole, or where it is empty another text."""
        if set(HOLE.sub("", other)) & set("\"'\\$`;&|<>()#*?[~{}\n"):
            if hole.environment is not None:
                raise self.evaluation.assume(hole.environment, span)
            return self.evaluation.unknown("the shell would read this default again", span)
        default = "".join(self.evaluation.named(character, span) for character in other)
        return self.evaluation.capture(f'"${{{hole.variable}:-{default}}}"', span, hole.environment)

    def _and(self, text: str, span: Span) -> str:
        value = ""
        for part in arguments(text):
            value = self.text(part.strip(), span)
            if not self._is_true(value, span):
                return ""
        return value

    def _foreach(self, text: str, span: Span) -> str:
        parts = arguments(text, 3)
        if len(parts) < 3:
            raise TroubleError(rules.NOT_READABLE.at(span, reason="the function foreach takes 3 arguments"))
        name = self.text(parts[0].strip(), span)
        words = self.evaluation.demand(self.text(parts[1], span), span, "the list of a foreach").split()
        found = []
        for word in words:
            self.evaluation.scopes.append({name: Variable(word, simple=True, origin="automatic")})
            try:
                found.append(self.text(parts[2], span))
            finally:
                self.evaluation.scopes.pop()
        return " ".join(found)

    def _call(self, text: str, span: Span) -> str:
        values = [self.text(value, span) for value in arguments(text)]
        name = values[0].strip()
        if name in functions.TEXT or name in self._special:
            return self._function(name, ",".join(values[1:]), span)
        variable = self.evaluation.find(name)
        if variable is None:
            return ""
        given = {str(number): Variable(value, simple=True, origin="automatic") for number, value in enumerate(values)}
        given |= {str(number): Variable("", simple=True, origin="automatic") for number in range(len(values), 10)}
        self.evaluation.scopes.append(given)
        try:
            return variable.text if variable.simple else self.text(variable.text, span)
        finally:
            self.evaluation.scopes.pop()

    def _shell(self, text: str, span: Span) -> str:
        command = self.text(text, span).strip()
        if command == "pwd":
            return self.evaluation.here(span)
        return self.evaluation.capture_output(self.evaluation.shell([Chunk(command, span)]), span)

    def _wildcard(self, text: str, span: Span) -> str:
        evaluation = self.evaluation
        pattern = evaluation.demand(self.text(text, span), span, "the pattern of a wildcard")
        if evaluation.ran:
            return evaluation.unknown("recipes ran before the files are listed", span)
        project, folder = evaluation.setting.project, evaluation.setting.folder
        prefix = f"{folder}/" if folder else ""
        every = [*project.files, *(name for name in project.folders if name)]
        names = [name[len(prefix) :] for name in every if name.startswith(prefix)]
        found: list[str] = []
        for one in pattern.split():
            plain = one.removeprefix("./")
            if plain.startswith(("../", "/")):
                return evaluation.unknown("the pattern leaves the folder", span)
            dotted = "./" if one.startswith("./") else ""
            slash = "/" if plain.endswith("/") else ""
            found += [dotted + name + slash for name in functions.wildcard(plain.rstrip("/"), names)]
        return " ".join(found)

    def _absolute(self, text: str, span: Span) -> str:
        known = self.evaluation.known(self.text(text, span), span, paths=True)
        words = known.split() if known is not None else [".."]
        if any(".." in word.split("/") for word in words):
            return self.evaluation.unknown("the path leaves the folder", span)
        here = self.variable("CURDIR", span)
        return " ".join(
            word.rstrip("/")
            if word.startswith("/") or HOLE.match(word)
            else f"{here}/{word.removeprefix('./')}".removesuffix("/.").rstrip("/")
            for word in words
        )

    def _value(self, text: str, span: Span) -> str:
        found = self.evaluation.find(self.text(text, span).strip())
        return found.text if found is not None else ""

    def _origin(self, text: str, span: Span) -> str:
        name = self.text(text, span).strip()
        found = self.evaluation.find(name)
        if found is None or found.conditional:
            if name in self.evaluation.setting.assumed:
                return "undefined" if found is None else "file"
            raise self.evaluation.assume(name, span)
        return found.origin

    def _flavor(self, text: str, span: Span) -> str:
        found = self.evaluation.find(self.text(text, span).strip())
        return "undefined" if found is None else "simple" if found.simple else "recursive"

    def _eval(self, text: str, span: Span) -> str:
        self._read(self.text(text, span), span)
        return ""

    def _say(self, text: str, span: Span) -> str:
        self.text(text, span)
        return ""

    def _error(self, text: str, span: Span) -> str:
        self.text(text, span)
        raise MakeStopsError(span)


def _exact(line: Line) -> list[Chunk]:
    """A text in chunks that each stand in one piece in the source."""
    found: list[Chunk] = []
    start = 0
    for at in range(1, len(line.text) + 1):
        if at == len(line.text) or line.offsets[at] != line.offsets[at - 1] + 1:
            found.append(Chunk(line.text[start:at], line.span(start, at), exact=True))
            start = at
    return found
