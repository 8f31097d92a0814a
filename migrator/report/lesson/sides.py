"""Both sides of the lesson: the old files and the new one, line by line, tied to each other."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from migrator.dockerfile.parse import parse as parse_dockerfile
from migrator.report.display import visible
from migrator.report.lesson.facts import lines_of
from migrator.report.lesson.model import Fate, Line, Mark, Panel, Piece, Said, said
from migrator.report.lesson.script import Told, numbers, tell
from migrator.rules import plan as rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from migrator.dockerfile.syntax import Dockerfile
    from migrator.migration.result import LineOrigin
    from migrator.report.lesson.facts import Facts
    from migrator.source import Source

AFTER = "z"
_WORDS = re.compile(r"\s+|[^\s]+")
# What the catalogue says more about than that a line was changed.
_TOLD = frozenset({"MG321", "MG322", "MG323", "MG324", "MG325", "MG326", "MG327", "MG328"})


def panels(facts: Facts) -> tuple[tuple[Panel, ...], Panel]:
    """The files of the left side, and the one of the right."""
    script = facts.conversion.script
    letters = {facts.script.name: "a"} | {name: f"b{number}x" for number, name in enumerate(facts.recipes, 1)}
    told = tell(facts)
    ties = _ties(facts, told, letters)
    back: dict[str, set[str]] = {}
    for right, lefts in ties.items():
        for left in lefts:
            back.setdefault(left, set()).add(right)
    before = [Panel("a", visible(script), said("role.script"), tuple(_script(facts, told, back)))]
    for name, source in facts.recipes.items():
        lines = tuple(_recipe(facts, name, source, letters[name], back))
        before.append(Panel(letters[name], facts.shown(name), _role(facts, name), lines))
    after = Panel(AFTER, facts.shown(facts.conversion.dockerfile_path), said("role.after"), tuple(_new(facts, ties)))
    return tuple(before), after


def _role(facts: Facts, name: str) -> Said:
    written = "" if name in facts.project.files else "-written"
    stages = [stage.name for stage in facts.conversion.stages if stage.file == name]
    if any(stage in facts.target_stages for stage in stages):
        return said(f"role.runtime{written}")
    return said(f"role.builder{written}")


# --- what belongs together ------------------------------------------------------------------------------------


def _ties(facts: Facts, told: Mapping[int, Told], letters: Mapping[str, str]) -> dict[str, list[str]]:
    """For each line of the new file the lines that it came from, by their ids."""
    found: dict[str, list[str]] = {f"{AFTER}{line.number}": [] for line in facts.conversion.lines}
    rules_of = {line.number: line.rule for line in facts.conversion.lines}
    for line in facts.conversion.lines:
        letter = letters.get(line.file or "")
        if letter is not None and line.line is not None and line.file != facts.script.name:
            found[f"{AFTER}{line.number}"].append(f"{letter}{line.line}")
    for number, said_ in sorted(told.items()):
        for right in said_.rights:
            found.setdefault(f"{AFTER}{right}", []).append(f"a{number}")
    for number, rule in rules_of.items():
        if rule == rules.VALUE_DECLARED.code:
            found[f"{AFTER}{number}"] += [f"a{line}" for line in _mentions(facts, number)]
    for stage in facts.emitted.stages:
        # A stage that the conversion added begins where the first of its lines comes from.
        first = f"{AFTER}{stage.origin.span.line}"
        if not found.get(first):
            own = [found.get(f"{AFTER}{i.span.line}", []) for i in stage.instructions]
            found[first] = next(([*ids] for ids in own if ids), [])
    _whole_instructions(facts, letters, found)
    return {right: list(dict.fromkeys(lefts)) for right, lefts in found.items()}


def _mentions(facts: Facts, number: int) -> Iterator[int]:
    """The lines of the script that name the value which a new ARG declares."""
    found = re.match(r"\s*ARG\s+(\w+)", _line(facts.conversion.dockerfile, number))
    if found is None:
        return
    position = re.fullmatch(r"ARG(\d)", found[1])
    name = position[1] if position else found[1]
    pattern = re.compile(rf"\$\{{?{name}\b" + ("" if position else rf"|\b{name}="))
    for line, text in enumerate(facts.script.text.split("\n"), 1):
        if pattern.search(text):
            yield line


def _line(text: str, number: int) -> str:
    lines = text.split("\n")
    return lines[number - 1] if number <= len(lines) else ""


def _whole_instructions(facts: Facts, letters: Mapping[str, str], found: dict[str, list[str]]) -> None:
    """Ties the further lines of an old instruction to what its first one became, where they have no place yet."""
    back: dict[str, list[str]] = {}
    for right, lefts in found.items():
        for left in lefts:
            back.setdefault(left, []).append(right)
    for name, source in facts.recipes.items():
        for instruction in parse_dockerfile(source).instructions:
            ids = [f"{letters[name]}{line}" for line in lines_of(instruction.span)]
            rights = list(dict.fromkeys(right for left in ids for right in back.get(left, ())))
            for left in ids:
                for right in () if back.get(left) else rights:
                    found[right].append(left)


# --- the left side --------------------------------------------------------------------------------------------


def _script(facts: Facts, told: Mapping[int, Told], back: Mapping[str, set[str]]) -> Iterator[Line]:
    for number, text in _numbered(facts.script.text):
        pieces = _marked(text, "comment" if text.lstrip().startswith("#") else "shell")
        ties = _ordered(back.get(f"a{number}", ()))
        this = told.get(number)
        if this is None:
            remark = "fate.shebang" if number == 1 and text.startswith("#!") else "fate.comment"
            if remark == "fate.comment" and not text.lstrip().startswith("#"):
                remark = "fate.frame" if facts.is_part else _of_a_program(text)
            this = Told(0, Fate.GONE, said(remark)) if text.strip() else Told(0, Fate.BLANK, said("fate.blank"))
        elif ties and this.note.key in {"fate.variable", "fate.structure"}:
            rights = tuple(int(tie.removeprefix(AFTER)) for tie in ties)
            this = Told(0, Fate.MOVED, said("fate.value", lines=numbers(rights), count=len(rights)))
        yield Line(f"a{number}", number, pieces, this.fate, this.note, ties, this.rule)


def _recipe(facts: Facts, name: str, source: Source, letter: str, back: Mapping[str, set[str]]) -> Iterator[Line]:
    """The lines of an old Dockerfile: kept, changed, or left out."""
    origins: dict[int, list[LineOrigin]] = {}
    for origin in facts.conversion.lines:
        if origin.file == name and origin.line is not None:
            origins.setdefault(origin.line, []).append(origin)
    tree = parse_dockerfile(source)
    for number, raw in _numbered(source.text):
        text = facts.shown(raw)
        ties = _ordered(back.get(f"{letter}{number}", ()))
        rule = next((origin.rule for origin in origins.get(number, ()) if origin.rule), None)
        fate, note = _recipe_fate(facts, text, tuple(int(tie.removeprefix(AFTER)) for tie in ties), rule)
        yield Line(f"{letter}{number}", number, _dockerfile(tree, number, text), fate, note, ties, rule)


def _recipe_fate(facts: Facts, text: str, rights: tuple[int, ...], rule: str | None) -> tuple[Fate, Said]:
    lines = numbers(rights)
    if not text.strip():
        return Fate.BLANK, said("fate.blank")
    if not rights:
        return Fate.GONE, said("fate.comment-out" if text.lstrip().startswith("#") else "fate.left-out")
    if rule is None:
        same = all(facts.shown(_line(facts.conversion.dockerfile, right)) == text for right in rights)
        return (
            (Fate.KEPT, said("fate.kept", lines=lines, count=len(rights)))
            if same
            else (Fate.CHANGED, said("fate.went", lines=lines, count=len(rights)))
        )
    if rule == rules.TAKEN_FROM_STAGE.code:
        staged = [_is_from_stage(_line(facts.conversion.dockerfile, right)) for right in rights]
        some = "fate.mg328-both" if any(staged) else "fate.mg328-repository"
        return Fate.CHANGED, said("fate.mg328" if all(staged) else some, lines=lines, count=len(rights))
    if rule in _TOLD:
        return Fate.CHANGED, said(f"fate.{rule.lower()}", lines=lines, count=len(rights))
    return Fate.CHANGED, said("fate.rule", lines=lines, count=len(rights), rule=rule)


# --- the right side -------------------------------------------------------------------------------------------


def _new(facts: Facts, ties: Mapping[str, list[str]]) -> Iterator[Line]:
    origins = {origin.number: origin for origin in facts.conversion.lines}
    for number, raw in _numbered(facts.conversion.dockerfile):
        text = visible(raw)
        origin = origins.get(number)
        rule = origin.rule if origin else None
        fate, note = _origin_fate(facts, text, origin)
        pieces = _dockerfile(facts.emitted, number, text)
        if fate is Fate.CHANGED and origin is not None and origin.file in facts.recipes and origin.line is not None:
            old = facts.shown(_line(facts.recipes[origin.file].text, origin.line))
            pieces = tuple(_added(pieces, old))
        elif fate in {Fate.NEW, Fate.MOVED}:
            pieces = tuple(one for p in pieces for one in _set_apart(p, fresh=True))
        yield Line(f"{AFTER}{number}", number, pieces, fate, note, _ordered(ties.get(f"{AFTER}{number}", ())), rule)


def _origin_fate(facts: Facts, text: str, origin: LineOrigin | None) -> tuple[Fate, Said]:
    if not text.strip():
        return Fate.BLANK, said("origin.blank")
    if origin is None or origin.file is None:
        known = {"MG322": "origin.mg322", "MG325": "origin.stage"}
        return Fate.NEW, said(known.get(origin.rule or "" if origin else "", "origin.new"))
    place = f"{facts.shown(origin.file)}:{origin.line}"
    if origin.file == facts.script.name:
        return Fate.MOVED, said("origin.mg321", place=place)
    if origin.rule is None:
        return Fate.KEPT, said("origin.kept", place=place)
    if origin.rule in _TOLD:
        key = f"origin.{origin.rule.lower()}"
        if origin.rule == rules.TAKEN_FROM_STAGE.code and not _is_from_stage(text):
            key = "origin.mg328-repository"
        elif origin.rule == rules.TAKEN_FROM_STAGE.code and "--chown=0:0" in text:
            key = "origin.mg328-owner"
        return Fate.CHANGED, said(key, place=place)
    return Fate.CHANGED, said("origin.rule", place=place, rule=origin.rule)


def _is_from_stage(text: str) -> bool:
    return re.search(r"\s--from=", text) is not None


def _of_a_program(text: str) -> str:
    """What is said about a line of a Python program that did nothing to files or images."""
    return "fate.talk" if re.match(r"\s*print\(", text) else "fate.program"


# --- text -----------------------------------------------------------------------------------------------------


def _numbered(text: str) -> Iterable[tuple[int, str]]:
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return enumerate((line.removesuffix("\r") for line in lines), 1)


def _ordered(ids: Iterable[str]) -> tuple[str, ...]:
    """Ids in the order of the page."""
    return tuple(sorted(ids, key=lambda one: [int(part) if part.isdigit() else part for part in _parts(one)]))


def _parts(one: str) -> list[str]:
    return re.findall(r"\d+|\D+", one)


def _marked(text: str, kind: str) -> tuple[Piece, ...]:
    shown = visible(text)
    return (Piece(shown, Mark.COMMENT if kind == "comment" else Mark.PLAIN),) if shown else ()


def _dockerfile(tree: Dockerfile, number: int, text: str) -> tuple[Piece, ...]:
    """A Dockerfile's line with its keyword or as a comment."""
    for instruction in tree.instructions:
        if instruction.span.line == number:
            keyword = re.match(r"\s*\S+", text)
            if keyword:
                pieces = (Piece(keyword[0], Mark.KEYWORD), Piece(text[keyword.end() :]))
                return tuple(piece for piece in pieces if piece.text)
        if instruction.span.line < number <= instruction.span.end_line and not text.lstrip().startswith("#"):
            return (Piece(text),) if text else ()
    return _marked(text, "comment" if text.lstrip().startswith("#") else "plain")


def _added(pieces: tuple[Piece, ...], old: str) -> Iterator[Piece]:
    """The pieces, with the words that the old line did not have set apart."""
    text = "".join(piece.text for piece in pieces)
    now, then = _WORDS.findall(text), _WORDS.findall(old)
    fresh: set[int] = set()
    position = 0
    for tag, _, _, start, end in SequenceMatcher(None, then, now, autojunk=False).get_opcodes():
        length = sum(map(len, now[start:end]))
        if tag in {"insert", "replace"}:
            fresh |= set(range(position, position + length))
        position += length
    position = 0
    for piece in pieces:
        run = ""
        for offset, character in enumerate(piece.text):
            if offset and (position + offset in fresh) != (position + offset - 1 in fresh):
                yield from _set_apart(Piece(run, piece.mark), fresh=position + offset - 1 in fresh)
                run = ""
            run += character
        yield from _set_apart(Piece(run, piece.mark), fresh=position + len(piece.text) - 1 in fresh)
        position += len(piece.text)


def _set_apart(piece: Piece, *, fresh: bool) -> Iterator[Piece]:
    """A piece, marked as new if it is, without the blanks around it."""
    if not fresh or piece.mark is not Mark.PLAIN or not piece.text.strip():
        yield piece
        return
    inner = piece.text.strip()
    head, _, tail = piece.text.partition(inner)
    yield from (
        Piece(text, mark) for text, mark in ((head, Mark.PLAIN), (inner, Mark.ADDED), (tail, Mark.PLAIN)) if text
    )
