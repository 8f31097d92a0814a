"""The lines of a Makefile to its tables: assignments, rules, conditionals, included files."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from migrator.frontends.make.evaluation import Variable
from migrator.frontends.make.expand import Expander, arguments, reference_end
from migrator.frontends.make.functions import normal, wildcard
from migrator.frontends.make.holes import HOLE, LISTS_FILES, TroubleError
from migrator.frontends.make.lines import Line, physical
from migrator.frontends.make.tables import MakeRule, Tables, TargetVariable
from migrator.rules import inputs as rules
from migrator.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from migrator.frontends.make.evaluation import Evaluation
    from migrator.source import Span

_OPERATORS = (":::=", "::=", ":=", "?=", "+=", "!=", "=")
_WORD = re.compile(r"(?P<word>[A-Za-z-]+)(?=[ \t]|$|[(\"'])")
_CONDITIONS = ("ifeq", "ifneq", "ifdef", "ifndef")
_MOST_INCLUDED = 50


# A line is looked at several times, and each time that its Makefile is read.
@lru_cache(maxsize=1024)
def operator_in(text: str) -> tuple[int, str] | None:
    """Where the first assignment operator of a line is, and which; `:` for a rule; None when there is neither."""
    at = 0
    while at < len(text):
        if text[at] == "$":
            end = reference_end(text, at)
            at = end if end > 0 else len(text)
            continue
        if text[at] not in "=:?+!":
            at += 1
            continue
        for operator in _OPERATORS:
            if text.startswith(operator, at):
                return at, operator
        if text[at] == ":":
            return at, ":"
        at += 1
    return None


@dataclass
class _Condition:
    """One open conditional: whether its lines count now, and whether a branch of it has counted."""

    outer: bool
    active: bool
    done: bool


@dataclass
class Reader:
    """Reads Makefiles into `tables`; `evaluation` holds the variables."""

    evaluation: Evaluation
    tables: Tables = field(default_factory=Tables)
    prefix: str = "\t"
    _open: list[MakeRule] = field(default_factory=list)
    _conditions: list[_Condition] = field(default_factory=list)
    _files: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.expander = Expander(self.evaluation, self._read_text)

    def read(self, source: Source) -> None:
        """Reads one file."""
        if len(self._files) >= _MOST_INCLUDED:
            raise TroubleError(rules.NOT_READABLE.at(source.span(0, 0), reason="too many files are included"))
        self._files.append(source.name)
        prefix = f"{self.evaluation.setting.folder}/" if self.evaluation.setting.folder else ""
        names = " ".join(name.removeprefix(prefix) for name in self._files)
        self.evaluation.variables["MAKEFILE_LIST"] = Variable(names, simple=True)
        depth = len(self._conditions)
        self._lines(physical(source))
        if len(self._conditions) != depth:
            raise TroubleError(rules.NOT_READABLE.at(source.span(0, 0), reason="a conditional has no endif"))
        self._open = []

    def _read_text(self, text: str, span: Span) -> None:
        """Reads text that a function made; everything in it stands for `span`."""
        opened, self._open = self._open, []
        place = span.original
        lines = [Line(place.source, line, (place.start,) * len(line)) for line in _joined_lines(text)]
        self._lines(lines)
        self._open = opened

    def _lines(self, lines: Sequence[Line]) -> None:
        at = 0
        while at < len(lines):
            line = lines[at]
            at += 1
            if line.text.startswith(self.prefix) and self._open:
                if self._active:
                    for rule in self._open:
                        rule.recipe.append(line.as_recipe(self.prefix))
                        rule.has_recipe = True
                continue
            plain = line.logical
            if not plain.text.strip():
                continue
            defined = re.match(r"((?:override|export|private)[ \t]+)*define[ \t]+", plain.text)
            if defined is not None:
                at = self._define(plain.part(defined.end()), lines, at, modifiers=plain.text[: defined.end()].split())
            else:
                self._line(plain)

    @property
    def _active(self) -> bool:
        return all(condition.active for condition in self._conditions)

    def _line(self, line: Line) -> None:
        found = _WORD.match(line.text)
        word = found["word"] if found is not None else ""
        if word in (*_CONDITIONS, "else", "endif"):
            self._conditional(word, line.part(len(word)).stripped(), line.span())
            return
        if not self._active:
            return
        directives: dict[str, Callable[[Line], None]] = {
            "include": self._include, "-include": self._include_if_there, "sinclude": self._include_if_there,
            "export": self._export, "unexport": self._unexport, "override": self._override,
            "private": self._assignment_or_rule, "undefine": self._undefine,
        }  # fmt: skip
        rest = line.part(len(word)).started()
        operator = operator_in(line.text)
        is_assignment = operator is not None and line.text[: operator[0]].strip() == word
        if word in directives and not is_assignment and not rest.text.startswith(":"):
            self._open = []
            directives[word](rest)
        elif word == "vpath" and not is_assignment:
            self._refuse(line, "vpath", "Write the folders into the rules.")
        else:
            self._assignment_or_rule(line)

    # --- conditionals -------------------------------------------------------------------------------------------------

    def _conditional(self, word: str, rest: Line, span: Span) -> None:
        if word == "endif":
            if not self._conditions:
                raise TroubleError(rules.NOT_READABLE.at(span, reason="endif without a conditional"))
            self._conditions.pop()
            return
        if word == "else":
            if not self._conditions:
                raise TroubleError(rules.NOT_READABLE.at(span, reason="else without a conditional"))
            condition = self._conditions[-1]
            again = _WORD.match(rest.text)
            reachable = condition.outer and not condition.done
            if again is not None and again["word"] in _CONDITIONS:
                tail = rest.part(again.end()).stripped()
                condition.active = reachable and self._holds(again["word"], tail, span)
            else:
                condition.active = reachable
            condition.done = condition.done or condition.active
            return
        outer = self._active
        holds = outer and self._holds(word, rest, span)
        self._conditions.append(_Condition(outer, holds, holds))

    def _holds(self, word: str, rest: Line, span: Span) -> bool:
        if word in ("ifdef", "ifndef"):
            return self._defined(rest, span) == (word == "ifdef")
        text = rest.text
        if text.startswith("(") and text.endswith(")"):
            parts = [part.strip() for part in arguments(text[1:-1], 2)]
        else:
            parts = [found[1] or found[2] or "" for found in re.finditer(r"\"([^\"]*)\"|'([^']*)'", text)]
        if len(parts) != 2:
            raise TroubleError(rules.NOT_READABLE.at(span, reason=f"{word} needs two texts to compare"))
        left, right = (self.expander.text(part, span) for part in parts)
        return self.evaluation.decide(left, right, span) == (word == "ifeq")

    def _defined(self, rest: Line, span: Span) -> bool:
        name = self._known(rest.text, span, "the name of a variable")
        found = self.evaluation.find(name)
        if found is not None:
            return bool(found.text)
        if name not in self.evaluation.setting.assumed and re.fullmatch(r"[A-Za-z_]\w*", name):
            raise self.evaluation.assume(name, span)
        return False

    # --- directives --------------------------------------------------------------------------------------------------

    def _include(self, rest: Line) -> None:
        self._included(rest, optional=False)

    def _include_if_there(self, rest: Line) -> None:
        self._included(rest, optional=True)

    def _included(self, rest: Line, *, optional: bool) -> None:
        evaluation = self.evaluation
        project = evaluation.setting.project
        for name in self._known(rest.text, rest.span(), "the name of an included file").split():
            wanted = evaluation.in_project(name)
            found = wildcard(wanted, list(project.files)) if re.search(r"[*?\[]", wanted) else [wanted]
            for path in found:
                text = project.text(path)
                if text is not None:
                    conditions, self._conditions = self._conditions, []
                    self.read(Source(path, text))
                    self._conditions = conditions
                elif not optional:
                    raise TroubleError(rules.NO_RULE.at(rest.span(), target=name))

    def _export(self, rest: Line) -> None:
        if operator_in(rest.text) is not None:
            name = self._assignment(rest, self.tables)
            if name is not None:
                self.tables.exported.add(name)
        elif not rest.text.strip():
            self.tables.exports_all = True
        else:
            self.tables.exported.update(self._known(rest.text, rest.span(), "the name of a variable").split())

    def _unexport(self, rest: Line) -> None:
        self.tables.exported -= set(self._known(rest.text, rest.span(), "the name of a variable").split())

    def _override(self, rest: Line) -> None:
        self._assignment(rest, self.tables, override=True)

    def _undefine(self, rest: Line) -> None:
        self.evaluation.variables.pop(self._known(rest.text, rest.span(), "the name of a variable").strip(), None)

    def _define(self, header: Line, lines: Sequence[Line], at: int, modifiers: list[str]) -> int:
        """Reads `define … endef`; gives back the number of the line behind it."""
        body: list[str] = []
        depth, span = 1, header.span()
        while at < len(lines):
            text = lines[at].text
            at += 1
            depth += bool(re.match(r"[ \t]*((override|export)[ \t]+)*define[ \t]", text))
            depth -= bool(re.match(r"[ \t]*endef([ \t#]|$)", text))
            if not depth:
                break
            body.append(text)
        else:
            raise TroubleError(rules.NOT_READABLE.at(span, reason="define has no endef"))
        if self._active:
            found = operator_in(header.text)
            name, operator = (header.text[: found[0]], found[1]) if found is not None else (header.text, "=")
            name = self._known(name.strip(), span, "the name of a variable")
            self.expander.set_variable(name, operator, "\n".join(body), span, override="override" in modifiers)
            if "export" in modifiers:
                self.tables.exported.add(name)
        self._open = []
        return at

    # --- assignments and rules --------------------------------------------------------------------------------------

    def _assignment_or_rule(self, line: Line) -> None:
        found = operator_in(line.text)
        if found is None:
            # A line that is nothing but references may come to nothing, or to lines of a Makefile.
            text = self._known(line.text, line.span(), "this line")
            if text.strip():
                self._read_text(text, line.span())
        elif found[1] == ":":
            self._rule(line, found[0])
        else:
            self._open = []
            self._assignment(line, self.tables)

    def _assignment(self, line: Line, tables: Tables, *, override: bool = False) -> str | None:
        found = operator_in(line.text)
        if found is None or found[1] == ":":
            raise TroubleError(rules.NOT_READABLE.at(line.span(), reason="it is no assignment"))
        at, operator = found
        span = line.span()
        name = self._known(line.text[:at].strip(), span, "the name of a variable")
        value = line.text[at + len(operator) :].lstrip()
        if name == ".RECIPEPREFIX":
            self.prefix = value[:1] or "\t"
        elif name == ".DEFAULT_GOAL":
            tables.special.add(f"default:{self._known(value, span, name)}")
        self.expander.set_variable(name, operator, value, span, override=override)
        return name

    def _rule(self, line: Line, colon: int) -> None:
        span = line.span()
        text = line.text
        if text.startswith("::", colon):
            self._refuse(line, "a double-colon rule", "Write one rule with one colon.")
        grouped = text[:colon].endswith("&")
        # What only the run can name, nothing that is known can need.
        named = self.evaluation.known(self.expander.text(text[: colon - grouped], span), span)
        targets = list(self._spread(named or ""))
        rest = line.part(colon + 1).started()
        if self._target_variable(targets, rest):
            self._open = []
            return
        semicolon = _semicolon(rest.text)
        recipe = rest.part(semicolon + 1) if semicolon >= 0 else None
        head = rest.text if semicolon < 0 else rest.text[:semicolon]
        pattern: str | None = None
        found = operator_in(head)
        if found is not None and found[1] == ":":
            pattern = self._known(head[: found[0]].strip(), span, "a pattern")
            head = head[found[0] + 1 :]
        words = self.expander.text(head, span)
        first_known = not HOLE.search("".join(words.split()[:1]))
        unknown = [word for word in words.replace("|", " ").split() if HOLE.search(word)]
        for word in unknown:
            self.evaluation.known(word, span)
            words = words.replace(word, " ")
        first, _, second = words.partition("|")
        needs, order = self._spread(first), self._spread(second)
        lists_files = all(LISTS_FILES.match(hole.command) for hole in self.evaluation.holes.in_text("".join(unknown)))
        rule = MakeRule(
            tuple(targets), needs, order, span, pattern, more=bool(unknown), open_needs=not lists_files,
            first_known=first_known,
        )  # fmt: skip
        if recipe is not None:
            rule.recipe.append(recipe)
            rule.has_recipe = True
        self._open = [rule]
        if not self._is_special(rule):
            self.tables.rules.append(rule)

    def _spread(self, text: str) -> tuple[str, ...]:
        """The words of a text, file patterns as the files that match them."""
        project, found = self.evaluation.setting.project, []
        for word in text.split():
            if not re.search(r"[*?\[]", word):
                found.append(normal(word))
                continue
            prefix = f"{self.evaluation.setting.folder}/" if self.evaluation.setting.folder else ""
            names = [name[len(prefix) :] for name in project.files if name.startswith(prefix)]
            found += wildcard(word, names) or [word]
        return tuple(found)

    def _target_variable(self, targets: list[str], rest: Line) -> bool:
        found = operator_in(rest.text)
        if found is None or found[1] == ":" or _semicolon(rest.text[: found[0]]) >= 0:
            return False
        at, operator = found
        *modifiers, name = self._known(rest.text[:at], rest.span(), "the name of a variable").split() or [""]
        if not name or set(modifiers) - {"export", "override", "private"}:
            raise TroubleError(rules.NOT_READABLE.at(rest.span(), reason="it is neither a rule nor an assignment"))
        value = rest.text[at + len(operator) :].lstrip()
        exported = "export" in modifiers
        self.tables.variables.append(
            TargetVariable(tuple(targets), name, operator, value, rest.span(), exported=exported)
        )
        return True

    def _is_special(self, rule: MakeRule) -> bool:
        if len(rule.targets) != 1 or not re.fullmatch(r"\.[A-Z_]+", rule.targets[0]):
            return False
        name = rule.targets[0]
        self.tables.special.add(name)
        if name == ".PHONY":
            self.tables.phony |= set(rule.needs)
        elif name == ".EXPORT_ALL_VARIABLES":
            self.tables.exports_all = True
        elif name == ".IGNORE":
            self.tables.ignored |= set(rule.needs)
            self.tables.ignores_all |= not rule.needs
        return True

    def _known(self, text: str, span: Span, what: str) -> str:
        return self.evaluation.demand(self.expander.text(text, span), span, what)

    @staticmethod
    def _refuse(line: Line, what: str, advice: str) -> None:
        raise TroubleError(rules.NOT_SUPPORTED.at(line.span(), what=what, advice=advice))


def _semicolon(text: str) -> int:
    """Where the recipe of a rule's own line begins, or -1."""
    at = 0
    while at < len(text):
        if text[at] == "$":
            end = reference_end(text, at)
            at = end if end > 0 else len(text)
        elif text[at] == ";":
            return at
        else:
            at += 1
    return -1


def _joined_lines(text: str) -> list[str]:
    """The lines of a text, those that a backslash continues in one."""
    return re.findall(r"(?:[^\\\n]|\\[\s\S]|\\\Z)+", text)


__all__ = ["Reader", "operator_in"]
