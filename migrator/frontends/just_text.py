"""The text of a justfile: settings, variables, and recipes with the place of each of their characters."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.frontends.make.holes import TroubleError
from migrator.frontends.program import Chunk
from migrator.rules import inputs as rules

if TYPE_CHECKING:
    from migrator.source import Source, Span

_NAME = r"[A-Za-z_][\w-]*"
_SETTING = re.compile(rf"set\s+({_NAME})\s*(?::=\s*(.*))?")
_ALIAS = re.compile(rf"alias\s+({_NAME})\s*:=\s*({_NAME})\s*(?:#.*)?")
_ASSIGNMENT = re.compile(rf"(export\s+)?({_NAME})\s*:=\s*(.*)")
_HEADER = re.compile(rf"(@?)({_NAME})((?:\s+[^:=]*(?:=[^:]*)?)?):(?!=)(.*)")
_PARAMETER = re.compile(rf"\s*([+*]?)(\$?)({_NAME})(?:=('[^']*'|\"(?:[^\"\\]|\\.)*\"|{_NAME}|\([^()]*\)))?(?=\s|$)")
_NEED = re.compile(rf"\s*(?:(&&)|({_NAME})(?=\s|$)|\(\s*({_NAME})((?:\s+(?:'[^']*'|\"[^\"]*\"|{_NAME}))*)\s*\))")
# Settings that do not change what a recipe runs.
_HARMLESS = frozenset("quiet fallback allow-duplicate-recipes allow-duplicate-variables unstable tempdir lazy".split())
_SAYS = re.compile(r"\[(doc|group|private|confirm|no-exit-message|no-quiet|default)\b.*\]")


@dataclass(frozen=True)
class Assignment:
    """A variable, and the expression that it is set to."""

    name: str
    text: str
    span: Span
    exported: bool


@dataclass(frozen=True)
class Parameter:
    """A parameter of a recipe; `star` takes all arguments that are left."""

    name: str
    default: str | None
    star: str
    exported: bool


@dataclass
class RecipeLine:
    """One line for the shell, without what stands before it for just."""

    chunks: list[Chunk]
    ignored: bool = False


@dataclass
class JustRecipe:
    """A recipe: what it needs before and after it, with the expressions that they are given.

    `script` are the options of the shell, where the whole recipe is one script. `refused` is an attribute that changes
    how it runs.
    """

    name: str
    span: Span
    parameters: tuple[Parameter, ...]
    before: list[tuple[str, list[str]]]
    after: list[tuple[str, list[str]]]
    lines: list[RecipeLine] = field(default_factory=list)
    private: bool = False
    refused: str | None = None
    script: str = ""


@dataclass
class Justfile:
    """Everything that a justfile declares, in order."""

    source: Source
    settings: dict[str, list[str]] = field(default_factory=dict)
    assignments: dict[str, Assignment] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    recipes: dict[str, JustRecipe] = field(default_factory=dict)


def read(source: Source) -> Justfile:
    """The declarations of a justfile; raises TroubleError where it is not understood."""
    found = Justfile(source)
    attributes: list[str] = []
    number, count = 1, len(source.line_starts)
    while number <= count:
        text = source.line_text(number).rstrip()
        span = source.span(source.line_starts[number - 1], source.line_starts[number - 1] + len(text))
        number += 1
        if not text or text.startswith("#"):
            continue
        if text.startswith("["):
            attributes.append(text)
            continue
        header = _HEADER.fullmatch(text)
        if header is not None and not _ASSIGNMENT.fullmatch(text):
            recipe = _recipe(header, span, attributes)
            number = _body(source, number, recipe)
            found.recipes.setdefault(recipe.name, recipe)
        elif text[0] in " \t" or not _declared(found, text, span):
            raise TroubleError(rules.NOT_READABLE.at(span, reason="it is no recipe, variable or setting that is known"))
        attributes = []
    return found


def _declared(found: Justfile, text: str, span: Span) -> bool:
    setting, alias, assignment = _SETTING.fullmatch(text), _ALIAS.fullmatch(text), _ASSIGNMENT.fullmatch(text)
    if setting is not None:
        name, value = setting[1], (setting[2] or "true").partition("#")[0].strip()
        if value == "false" or name in _HARMLESS or name.startswith("windows-"):
            return True
        if name not in ("shell", "export"):
            what = f"the setting {name}"
            raise TroubleError(rules.NOT_SUPPORTED.at(span, what=what, advice="Write what it does into the recipe."))
        found.settings[name] = shlex.split(value.strip("[]").replace(",", " "))
    elif alias is not None:
        found.aliases[alias[1]] = alias[2]
    elif assignment is not None:
        found.assignments[assignment[2]] = Assignment(
            assignment[2], _uncommented(assignment[3]), span, assignment[1] is not None
        )
    else:
        return False
    return True


def _uncommented(text: str) -> str:
    """An expression without the comment behind it; a `#` in quotes is text."""
    found = re.match(r"(?:'[^']*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`|[^#'\"`])*", text)
    return (found[0] if found is not None else text).strip()


def _recipe(header: re.Match[str], span: Span, attributes: list[str]) -> JustRecipe:
    parameters: list[Parameter] = []
    at = 0
    while header[3][at:].strip():
        one = _PARAMETER.match(header[3], at)
        if one is None:
            raise TroubleError(rules.NOT_READABLE.at(span, reason="its parameters are not plain"))
        default = one[4][1:-1] if one[4] and one[4][0] == "(" else one[4]
        parameters.append(Parameter(one[3], default, one[1], one[2] == "$"))
        at = one.end()
    needs = _uncommented(header[4])
    before: list[tuple[str, list[str]]] = []
    after: list[tuple[str, list[str]]] = []
    wanted, at = before, 0
    while needs[at:].strip():
        need = _NEED.match(needs, at)
        if need is None:
            raise TroubleError(rules.NOT_READABLE.at(span, reason="what it needs is not plain"))
        if need[1]:
            wanted = after
        else:
            words = re.findall(rf"'[^']*'|\"[^\"]*\"|{_NAME}", need[4] or "")
            wanted.append((need[2] or need[3], words))
        at = need.end()
    refused = next((one for one in attributes if not _SAYS.fullmatch(one)), None)
    private = any(one.startswith("[private") for one in attributes)
    return JustRecipe(header[2], span, tuple(parameters), before, after, private=private, refused=refused)


def _body(source: Source, number: int, recipe: JustRecipe) -> int:
    """Reads the indented lines behind a header; gives back the number of the line behind them."""
    rows: list[tuple[int, int]] = []
    while number <= len(source.line_starts):
        text = source.line_text(number)
        if text.strip() and text[0] not in " \t":
            break
        start = source.line_starts[number - 1]
        rows.append((start, start + len(text)))
        number += 1
    while rows and not source.text[rows[-1][0] : rows[-1][1]].strip():
        rows.pop()
    if not rows:
        return number
    first = source.text[rows[0][0] : rows[0][1]]
    indent = len(first) - len(first.lstrip())
    if first.lstrip().startswith("#!"):
        _script(source, rows, indent, recipe)
    else:
        _lines(source, rows, indent, recipe)
    return number


def _script(source: Source, rows: list[tuple[int, int]], indent: int, recipe: JustRecipe) -> None:
    """A recipe that is a script of its own."""
    first = source.text[rows[0][0] : rows[0][1]].strip()
    found = re.fullmatch(r"#!\s*(?:/usr)?/bin/(?:env\s+(?:-S\s+)?)?(?:bash|sh|dash)((?:\s+-[a-z]+)*)", first)
    if found is None:
        what = f"a recipe for {first[2:].strip()}"
        raise TroubleError(rules.NOT_SUPPORTED.at(recipe.span, what=what, advice="Write the recipe for a shell."))
    recipe.script = found[1].strip() if "e" in found[1] else f"+e {found[1]}".strip()
    chunks: list[Chunk] = []
    for start, end in rows[1:]:
        begin = min(start + indent, end)
        chunks += [
            Chunk(source.text[begin:end], source.span(begin, end), exact=True),
            Chunk("\n", source.span(end, end)),
        ]
    recipe.lines.append(RecipeLine([chunk for chunk in chunks if chunk.text]))


def _lines(source: Source, rows: list[tuple[int, int]], indent: int, recipe: JustRecipe) -> None:
    """Lines for a shell each; one that ends in a backslash goes on in the next, without the blanks before that."""
    continued = False
    for start, end in rows:
        begin = min(start + indent, end)
        text = source.text[begin:end]
        goes_on = text.endswith("\\")
        if continued:
            begin += len(text) - len(text.lstrip())
            line = recipe.lines[-1]
        elif not text.strip():
            continue
        else:
            marks = re.match(r"[@-]*", text)
            begin += len(marks[0]) if marks is not None else 0
            line = RecipeLine([], ignored=marks is not None and "-" in marks[0])
            recipe.lines.append(line)
        stop = end - goes_on
        if stop > begin:
            line.chunks.append(Chunk(source.text[begin:stop], source.span(begin, stop), exact=True))
        continued = goes_on


__all__ = ["Assignment", "JustRecipe", "Justfile", "Parameter", "read"]
