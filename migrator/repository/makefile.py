"""A Makefile after a cut: lines, rules and prerequisites of which nothing is left go."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.frontends.make.expand import reference_end

if TYPE_CHECKING:
    from collections.abc import Iterable

    from migrator.repository.edits import Edit

_STAMP = re.compile(
    r"\t[ \t@+-]*(?:touch[ \t]+(?:\$@|\$\(@\))|mkdir[ \t]+-p[ \t]+(?:\$\(@D\)|\$\{@D\}|\$@|\$\(@\)))[ \t]*\r?\n?"
)
_AUTOMATIC = re.compile(r"\$[^({$]|\$[({][@%<?^+|*][DF]?[)}]")


def escaped(text: str) -> str:
    """Shell text as a recipe has to say it."""
    return text.replace("$", "$$")


def is_fixed(reference: str) -> bool:
    """Whether a reference means the same in each recipe."""
    return _AUTOMATIC.fullmatch(reference) is None


@dataclass
class _Rule:
    """A head line and the recipe lines below it, as line numbers."""

    head: int
    targets: list[str]
    needs: list[str]
    lines: list[int]
    cut: int = 0
    stamps: list[int] = field(default_factory=list)


def tidied(text: str, edits: Iterable[Edit]) -> tuple[str, int]:
    """The text with edits in recipes made; a line that is empty then goes, and a rule with its last line.

    Beside it, how many lines went as well that only marked a rule as done (`touch $@`).
    """
    before = re.findall(r"(?:[^\\\n]|\\(?:\r?\n|[^\n]|\Z))*\n|(?:[^\\\n]|\\.|\\\Z)+\Z", text)
    starts = [0, *itertools.accumulate(map(len, before))]
    after = [_edited(line, start, edits) for start, line in zip(starts, before, strict=False)]
    gone = {number for number, (old, new) in enumerate(zip(before, after, strict=True))
            if old != new and not re.sub(r"\\\r?\n", "", new).strip(" \t\r\n@+-")}  # fmt: skip
    rules = _rules(before)
    for rule in rules:
        rule.cut = sum(number in gone for number in rule.lines)
        rule.stamps = [one for one in rule.lines if one not in gone and _STAMP.fullmatch(before[one])]
    removed = _without_work(rules, before)
    stamps = sum(len(rule.stamps) for rule in removed)
    for rule in removed:
        gone |= {rule.head, *rule.lines, *_comment_above(before, rule.head)}
        if rule.lines and rule.lines[-1] + 1 < len(before) and not before[rule.lines[-1] + 1].strip():
            gone.add(rule.lines[-1] + 1)
    names = {name for rule in removed for name in rule.targets}
    for rule in rules:
        if rule not in removed and rule.head not in gone:
            after[rule.head] = _without_needs(after[rule.head], names)
            if rule.targets == [".PHONY"] and not after[rule.head].partition(":")[2].strip():
                gone.add(rule.head)
    return "".join(line for number, line in enumerate(after) if number not in gone), stamps


def _edited(line: str, start: int, edits: Iterable[Edit]) -> str:
    for edit in sorted((one for one in edits if start <= one.start < start + len(line)), reverse=True):
        line = line[: edit.start - start] + edit.text + line[edit.end - start :]
    return line


def _rules(lines: list[str]) -> list[_Rule]:
    found: list[_Rule] = []
    open_rule = False
    for number, line in enumerate(lines):
        if line.startswith("\t"):
            if open_rule and found:
                found[-1].lines.append(number)
            continue
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        colon = re.match(r"([^:=#\t]+?)\s*:(?![:=])(?!:=)", line)
        open_rule = colon is not None
        if colon is not None:
            needs = _words(line[colon.end() :].partition(";")[0].partition("#")[0])
            found.append(_Rule(number, _words(colon[1]), [word for word in needs if word != "|"], []))
    return found


def _words(text: str) -> list[str]:
    """The words of a line; a reference is one, or a part of one."""
    found: list[str] = []
    word, at = "", 0
    while at < len(text):
        if text[at] == "$":
            end = max(reference_end(text, at), at + 1)
            word, at = word + text[at:end], end
        elif text[at] in " \t\r\n\\":
            found, word, at = [*found, word], "", at + 1
        else:
            word, at = word + text[at], at + 1
    return [one for one in [*found, word] if one]


def _without_work(rules: list[_Rule], lines: list[str]) -> list[_Rule]:
    """The rules of which the whole recipe is gone, and that nothing which stays is made by way of."""
    removed: list[_Rule] = []
    heads = [name for rule in rules for name in rule.targets]
    while True:
        names = {name for rule in removed for name in rule.targets}
        more = [rule for rule in rules if rule not in removed and _may_go(rule, heads, names, lines[rule.head])]
        if not more:
            return removed
        removed += more


def _may_go(rule: _Rule, heads: list[str], removed: set[str], line: str) -> bool:
    nothing_left = rule.cut and rule.cut + len(rule.stamps) == len(rule.lines) and ";" not in line
    plain = not any("%" in name or heads.count(name) > 1 for name in rule.targets)
    return bool(nothing_left) and plain and not any(need in heads and need not in removed for need in rule.needs)


def _comment_above(lines: list[str], head: int) -> set[int]:
    found: set[int] = set()
    while head and lines[head - 1].startswith("#"):
        head -= 1
        found.add(head)
    return found if not head or not lines[head - 1].strip() else set()


def _without_needs(line: str, names: set[str]) -> str:
    """A head line without the prerequisites that are made no more."""
    colon = line.find(":")
    head, rest = line[: colon + 1], line[colon + 1 :]
    comment = rest.find("#")
    needs, tail = (rest, "") if comment < 0 else (rest[:comment], rest[comment:])
    for name in sorted(names, key=len, reverse=True):
        needs = re.sub(rf"[ \t]*(?<!\S){re.escape(name)}(?=\s|\Z)", "", needs)
    needs = re.sub(r"[ \t]*\|[ \t]*(?=\r?\n|\Z)", "", needs) if needs != rest[: len(needs)] else needs
    return head + needs + tail


__all__ = ["escaped", "is_fixed", "tidied"]
