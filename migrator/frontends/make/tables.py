"""What a Makefile declares: its rules, and what is said about targets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.frontends.make.functions import matches

if TYPE_CHECKING:
    from migrator.frontends.make.lines import Line
    from migrator.source import Span


@dataclass(eq=False)
class MakeRule:
    """One rule: targets (with `%` for a pattern rule), what they need, and the lines of the recipe.

    `pattern` is the target pattern of a static pattern rule. `has_recipe` is true for an empty recipe too. With `more`
    it needs further files that a command lists, and with `open_needs` further things that nothing tells; without
    `first_known` one of them is the first.
    """

    targets: tuple[str, ...]
    needs: tuple[str, ...]
    order_only: tuple[str, ...]
    span: Span
    pattern: str | None = None
    more: bool = False
    open_needs: bool = False
    first_known: bool = True
    recipe: list[Line] = field(default_factory=list)
    has_recipe: bool = False

    def stem_of(self, target: str) -> str | None:
        """What `%` stands for when the rule makes `target`; None when the rule has no pattern or it does not fit."""
        for one in (self.pattern,) if self.pattern is not None else self.targets:
            if "%" in one:
                stem = matches(one, target)
                if stem:
                    return stem
        return None


@dataclass(frozen=True)
class TargetVariable:
    """A variable that has its value only while a target, or one that it needs, is made."""

    targets: tuple[str, ...]
    name: str
    operator: str
    text: str
    span: Span
    exported: bool = False

    def is_for(self, target: str) -> bool:
        """Whether it is set for this target."""
        return any(matches(one, target) is not None for one in self.targets)


@dataclass
class Tables:
    """Everything that a Makefile declares, in order."""

    rules: list[MakeRule] = field(default_factory=list)
    variables: list[TargetVariable] = field(default_factory=list)
    phony: set[str] = field(default_factory=set)
    exported: set[str] = field(default_factory=set)
    special: set[str] = field(default_factory=set)
    exports_all: bool = False
    ignored: set[str] = field(default_factory=set)
    ignores_all: bool = False

    def explicit(self, target: str) -> list[MakeRule]:
        """The rules that name a target."""
        return [rule for rule in self.rules if target in rule.targets]

    def patterns(self) -> list[MakeRule]:
        """The pattern rules, the last one of equal ones only."""
        return [rule for rule in self.rules if rule.pattern is None and any("%" in name for name in rule.targets)]

    def goals(self) -> list[str]:
        """The targets that a person can name, in order; the first one is the default."""
        names = [name for rule in self.rules for name in rule.targets if "%" not in name]
        return list(dict.fromkeys(name for name in names if not name.startswith(".") or "/" in name))
