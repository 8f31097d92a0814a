"""Which recipes run for a goal, and in which order (the manual, sections 4 and 10)."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.frontends.make.evaluation import Variable
from migrator.frontends.make.functions import normal
from migrator.frontends.make.holes import TroubleError
from migrator.rules import inputs as rules

if TYPE_CHECKING:
    from migrator.frontends.make.lines import Line
    from migrator.frontends.make.reader import Reader
    from migrator.frontends.make.recipes import Recipes
    from migrator.frontends.make.tables import MakeRule
    from migrator.source import Span

_DEEPEST = 200
# make knows how to make a file from one of the same name with one of these endings.
_BUILT_IN_SOURCES = (".sh", ".c", ".cc", ".cpp", ".C", ".p", ".f", ".s", ".S", ".y", ".l", ".o", ".r", ".m", ".go,v")


@dataclass(frozen=True)
class _Way:
    """How one target is made: by which rule, from what, and what `%` stands for."""

    rule: MakeRule | None
    needs: tuple[str, ...]
    order_only: tuple[str, ...]
    stem: str
    more: bool
    open_needs: bool
    first_known: bool = True


@dataclass
class Goals:
    """Makes targets, each once; `recipes` is told each recipe that runs."""

    reader: Reader
    recipes: Recipes
    done: dict[str, bool] = field(default_factory=dict)
    _under_way: list[str] = field(default_factory=list)

    def make(self, target: str, span: Span) -> bool:
        """Makes one target after what it needs; says whether anything that depends on it has to be made again."""
        target = normal(target)
        if target in self.done:
            return self.done[target]
        if target in self._under_way:
            return False  # make drops a dependency that goes round
        if len(self._under_way) > _DEEPEST:
            raise TroubleError(rules.NOT_READABLE.at(span, reason="its targets need each other without end"))
        self._under_way.append(target)
        scope = self._variables(target)
        self.reader.evaluation.scopes.append(scope)
        try:
            self.done[target] = self._made(target, span)
        finally:
            self.reader.evaluation.scopes.pop()
            self._under_way.pop()
        return self.done[target]

    def _variables(self, target: str) -> dict[str, Variable]:
        """The variables that are set for a target and what it needs."""
        found: dict[str, Variable] = {}
        evaluation = self.reader.evaluation
        for item in self.reader.tables.variables:
            if item.is_for(target):
                evaluation.scopes.append(found)
                self.reader.expander.set_variable(item.name, item.operator, item.text, item.span)
                evaluation.scopes.pop()
        return found

    def _made(self, target: str, span: Span) -> bool:
        phony = target in self.reader.tables.phony
        exists = not phony and self.reader.evaluation.exists(target)
        way = self._way(target, phony=phony)
        if way is None:
            if exists:
                return False
            if not phony and not self.reader.tables.explicit(target):
                raise TroubleError(rules.NO_RULE.at(span, target=target))
            way = _Way(None, (), (), "", more=False, open_needs=False)
        place = way.rule.span if way.rule is not None else span
        if way.open_needs:
            reason = "a command prints it"
            raise TroubleError(rules.NOT_KNOWN_WHEN_READ.at(place, what=f"what {target} needs", reason=reason))
        remade = [self.make(need, place) for need in way.needs]
        for need in way.order_only:
            self.make(need, place)
        if not exists or any(remade):
            self._run(target, way, guarded=not phony and not exists and not any(remade))
            return True
        if (way.needs or way.more) and way.rule is not None and any(line.text.strip() for line in way.rule.recipe):
            raise TroubleError(rules.FILE_TIMES.at(place, target=target))
        if self.recipes.may_have_changed(target):
            self._run(target, way, guarded=True)
        return False

    def _way(self, target: str, *, phony: bool) -> _Way | None:
        """How a target is made; None when no rule of the Makefile does."""
        explicit = self.reader.tables.explicit(target)
        with_recipe = [rule for rule in explicit if rule.has_recipe]
        needs: list[str] = []
        order: list[str] = []
        stem = ""
        # What the rule with the recipe needs stands first: `$<` is that.
        for one in [*with_recipe[-1:], *(one for one in explicit if one not in with_recipe[-1:])]:
            found = one.stem_of(target) if one.pattern is not None else None
            stem = found or stem
            needs += [_filled(need, found) for need in one.needs]
            order += [_filled(need, found) for need in one.order_only]
        more = any(rule.more for rule in explicit)
        open_needs = any(rule.open_needs for rule in explicit)
        rule = with_recipe[-1] if with_recipe else None
        if rule is None and not phony:
            implicit = self._implicit(target)
            if implicit is not None:
                rule, stem = implicit
                needs = [*(_filled(need, stem) for need in rule.needs), *needs]
                order += [_filled(need, stem) for need in rule.order_only]
                more, open_needs = more or rule.more, open_needs or rule.open_needs
            else:
                self._refuse_built_in(target, explicit)
        if rule is None and not explicit:
            return None
        first_known = all(one.first_known for one in (*explicit, *([rule] if rule is not None else [])))
        return _Way(rule, tuple(dict.fromkeys(needs)), tuple(dict.fromkeys(order)), stem, more, open_needs, first_known)

    def _implicit(self, target: str) -> tuple[MakeRule, str] | None:
        """The pattern rule for a target: what it needs is there or is named; the shortest stem is the best."""
        found: list[tuple[int, MakeRule, str]] = []
        for rule in self.reader.tables.patterns():
            stem = rule.stem_of(target)
            if stem is not None and rule.has_recipe:
                needs = [_filled(need, stem) for need in (*rule.needs, *rule.order_only)]
                if all(self._can_be(need) for need in needs):
                    found.append((len(stem), rule, stem))
        best = min(found, key=lambda one: one[0], default=None)
        return None if best is None else best[1:]

    def _can_be(self, name: str) -> bool:
        tables = self.reader.tables
        mentioned = any(name in rule.targets or name in rule.needs for rule in tables.rules)
        return mentioned or self.reader.evaluation.exists(name)

    def _refuse_built_in(self, target: str, explicit: list[MakeRule]) -> None:
        evaluation = self.reader.evaluation
        source = next((target + end for end in _BUILT_IN_SOURCES if evaluation.exists(target + end)), None)
        if source is not None and not evaluation.exists(target):
            span = explicit[0].span if explicit else None
            advice = f"Write the rule for {target} out, or declare it .PHONY."
            what = f"make's own rule, which makes {target} from {source},"
            raise TroubleError(rules.NOT_SUPPORTED.at(span, what=what, advice=advice))

    def _run(self, target: str, way: _Way, *, guarded: bool) -> None:
        rule = way.rule
        if rule is None:
            return
        folder, base = posixpath.split(target)
        first = way.needs[0] if way.needs else ""
        automatic = {
            "@": target, "*": way.stem, "@D": folder or ".", "@F": base, "|": " ".join(way.order_only),
            "<": first, "<F": posixpath.basename(first), "<D": (posixpath.dirname(first) or ".") if first else "",
            "^": " ".join(way.needs), "^F": " ".join(posixpath.basename(need) for need in way.needs),
        }  # fmt: skip
        unknown = self.reader.evaluation.unknown("a command lists what the target needs", rule.span)
        if way.more:
            automatic |= dict.fromkeys(("^", "^F"), unknown)
        if not way.first_known:
            automatic |= dict.fromkeys(("<", "<F", "<D"), unknown)
        # What is named twice stands twice in it, and that is not kept.
        automatic["+"] = unknown
        scope = {name: Variable(text, simple=True, origin="automatic") for name, text in automatic.items()}
        self.reader.evaluation.scopes.append(scope)
        try:
            self._tell(target, rule.recipe, rule.span, guarded=guarded)
        finally:
            self.reader.evaluation.scopes.pop()

    def _tell(self, target: str, lines: list[Line], span: Span, *, guarded: bool) -> None:
        exported = [item.name for item in self.reader.tables.variables if item.exported and item.is_for(target)]
        self.recipes.run(target, lines, span, tuple(exported), guarded=guarded)


def _filled(name: str, stem: str | None) -> str:
    return normal(name.replace("%", stem, 1)) if stem else name
