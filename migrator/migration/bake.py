"""The build commands of a conversion as a `docker-bake.hcl`: https://docs.docker.com/build/bake/reference/."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from migrator.dockercli.parse import parse as parse_call
from migrator.migration.result import Converted, Declined, FileChange
from migrator.rules import plan as rules
from migrator.shell.parse import parse
from migrator.shell.syntax import AndOr, Literal, Parameter, Simple
from migrator.source import Source

if TYPE_CHECKING:
    from migrator.migration.result import Conversion, Target
    from migrator.project import Project
    from migrator.shell.syntax import Command, Word

PATH = "docker-bake.hcl"
# The private use area: one character for each reference to a variable.
_FIRST, _LAST = 0xE000, 0xF8FF
_LISTS = {
    "tag": "tags",
    "platform": "platforms",
    "secret": "secret",
    "ssh": "ssh",
}
_MAPS = {"build-arg": "args", "label": "labels", "build-context": "contexts"}
_SINGLE = {"target": "target", "network": "network"}
_SWITCHES = frozenset({"pull", "no-cache"})
# What bake prints, and containers of the classic builder, of which nothing stays.
_ASIDE = frozenset({"progress", "quiet", "rm", "force-rm", "file", "load", "output"})


class _RefusedError(Exception):
    """A command has no equal in a bake file; the text says why."""


@dataclass
class _Variables:
    """The variables of the file, each with the defaults that references give it; None is to be left unset.

    `mixed` are those with several: for them the file has null, and each reference has its own default.
    """

    mixed: frozenset[str] = frozenset()
    defaults: dict[str, set[str | None]] = field(default_factory=dict)
    references: list[str] = field(default_factory=list)

    def character(self, part: Parameter) -> str:
        """The character that stands for a reference; raises _RefusedError for anything but a plain one."""
        plain = part.operator is None or part.operator in (":-", "-")
        default = "" if part.argument is None else part.argument.literal
        odd = part.length or part.indirect or part.subscript is not None or part.second is not None
        if not plain or odd or default is None or not re.fullmatch(r"[A-Za-z_]\w*", part.name):
            raise _RefusedError(f"`{part.span.text}` is more than a variable with a plain default")
        if part.name in ("PWD", "OLDPWD", "HOME", "RANDOM"):
            raise _RefusedError(f"`{part.span.text}` is set by the shell")
        self.declare(part.name, default)
        self.references.append(self._reference(part.name, default, or_empty=part.operator == ":-"))
        return chr(_FIRST + len(self.references) - 1)

    def _reference(self, name: str, default: str, *, or_empty: bool) -> str:
        # The shell takes the default for an empty value too, where there is a colon.
        tests = [f"{name} != null"] if name in self.mixed else []
        tests += [f'{name} != ""'] if or_empty and default else []
        return f"{' && '.join(tests)} ? {name} : {_quoted(default)}" if tests else name

    def declare(self, name: str, default: str | None) -> None:
        """Takes a variable in."""
        self.defaults.setdefault(name, set()).add(default)

    def block(self, name: str) -> str:
        """The variable in the file."""
        (default, *more) = self.defaults[name]
        written = "null" if more or default is None else _quoted(default)
        return f'variable "{name}" {{\n  default = {written}\n}}\n'

    def template(self, text: str) -> str:
        """A text as a quoted template of HCL; a lone reference is one too."""
        pieces = re.split("([\ue000-\uf8ff])", text)
        known = [_escaped(piece) for piece in pieces[::2]]
        filled = [f"${{{self.references[ord(character) - _FIRST]}}}" for character in pieces[1::2]]
        return f'"{"".join(a + b for a, b in zip(known, [*filled, ""], strict=True))}"'


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def _escaped(text: str) -> str:
    """A text as it stands in a quoted template: `${` and `%{` begin something there, unless the sign is doubled."""
    return re.sub(r"([$%])(?=\{)", r"\1\1", "".join(_ESCAPES.get(character, character) for character in text))


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def with_bake(project: Project, result: Conversion) -> Conversion:
    """The conversion with a bake file among its files; declined where a command has no equal in one."""
    if not isinstance(result, Converted):
        return result
    try:
        text = bake_file(result)
    except _RefusedError as refusal:
        found = rules.NO_BAKE.at(None, reason=str(refusal))
        return Declined(result.script, (found, *result.diagnostics))
    if PATH in project.files and project.text(PATH) != text:
        return Declined(result.script, (rules.BAKE_THERE.at(Source(PATH, project.text(PATH) or "").span(0, 0)),))
    return replace(result, files=(*result.files, FileChange(PATH, "write", text)))


def bake_file(result: Converted) -> str:
    """The text of the bake file; raises an error with the reason where there is none."""
    commands: dict[str, Target] = {}
    for target in result.targets:
        commands.setdefault(target.command, target)
    names = _distinct([re.sub(r"[^A-Za-z0-9_-]", "_", target.stage) for target in commands.values()])
    first = _Variables()
    for command, target in commands.items():
        _block("", command, target.stage, first)
    variables = _Variables(frozenset(name for name, found in first.defaults.items() if len(found) > 1))
    blocks = [
        _block(name, command, target.stage, variables)
        for name, (command, target) in zip(names, commands.items(), strict=True)
    ]
    listed = ", ".join(map(_quoted, names))
    declared = [variables.block(name) for name in variables.defaults]
    return "\n".join([*declared, f'group "default" {{\n  targets = [{listed}]\n}}\n', *blocks])


def _distinct(names: list[str]) -> list[str]:
    """The names, each with a number behind it where an earlier one is the same."""
    return [name if name not in names[:at] else f"{name}-{at + 1}" for at, name in enumerate(names)]


def _block(name: str, command: str, stage: str, variables: _Variables) -> str:
    """One target."""
    words = _words(command, variables)
    call = parse_call(words)
    if call is None or call.program != "docker" or call.unknown or call.missing or len(call.operands) != 1:
        raise _RefusedError("the command is not a build of docker that is known word by word")
    context = call.operands[0]
    values: dict[str, list[str]] = {}
    for option in call.options:
        if option.name not in {*_LISTS, *_MAPS, *_SINGLE, *_SWITCHES, *_ASIDE}:
            raise _RefusedError(f"a bake file has nothing for --{option.name}")
        values.setdefault(option.name, []).append("true" if option.value is None else option.value)
    file = values.get("file", [posixpath.join(context, "Dockerfile")])[-1]
    if any(_FIRST <= ord(character) <= _LAST for character in context + file):
        raise _RefusedError("the folder of the context, or the Dockerfile, is a variable")
    # bake takes the Dockerfile from the context's folder.
    rows = [
        ("context", _quoted(context)),
        ("dockerfile", _quoted(posixpath.relpath(file, context))),
        ("target", variables.template(values.get("target", [stage])[-1])),
    ]
    rows += [(key, variables.template(values[o][-1])) for o, key in _SINGLE.items() if o in values and o != "target"]
    rows += [(key, _map(values[option], variables)) for option, key in _MAPS.items() if option in values]
    rows += [(key, _list(values[option], variables)) for option, key in _LISTS.items() if option in values]
    rows += [(o, "false" if values[o][-1] in ("false", "0") else "true") for o in sorted(_SWITCHES) if o in values]
    if "output" in values:
        folder = values["output"][-1]
        if "=" in folder:
            raise _RefusedError("an output with options of its own")
        rows.append(("output", _list([f"type=local,dest={folder}"], variables)))
    elif "load" in values:
        rows.append(("output", '["type=docker"]'))
    width = max(len(key) for key, _ in rows)
    return "\n".join([f'target "{name}" {{', *(f"  {key:<{width}} = {value}" for key, value in rows), "}\n"])


def _list(values: list[str], variables: _Variables) -> str:
    return f"[{', '.join(variables.template(value) for value in values)}]"


def _map(values: list[str], variables: _Variables) -> str:
    rows = []
    for value in values:
        name, equals, text = value.partition("=")
        if any(_FIRST <= ord(character) <= _LAST for character in name):
            raise _RefusedError("a name in the command is a variable")
        if not equals:
            # `--build-arg NAME` passes the variable on where it is set, and nothing where it is not.
            variables.declare(name, None)
        rows.append(f"    {_quoted(name)} = {variables.template(text) if equals else name}")
    return "\n".join(["{", *rows, "  }"])


def _words(command: str, variables: _Variables) -> list[str]:
    """The words of a build command, each reference to a variable one character."""
    found = parse(Source("command", command)).body.commands
    if len(found) != 1:
        raise _RefusedError("it is more than one command")
    simple = _build(found[0])
    for assignment in simple.assignments:
        if assignment.span.text == "DOCKER_BUILDKIT=0":
            raise _RefusedError("a part of it asks for the classic builder, and bake is BuildKit")
        if assignment.name != "DOCKER_BUILDKIT":
            raise _RefusedError(f"it sets {assignment.name}")
    if simple.redirects:
        raise _RefusedError("its input or output is redirected")
    return [_text(word, variables) for word in simple.words]


def _build(command: Command) -> Simple:
    """The build itself: the folder that `mkdir -p` makes before it, bake makes by itself."""
    if isinstance(command, AndOr) and command.operator == "&&" and command.left.span.text.startswith("mkdir -p "):
        command = command.right
    if not isinstance(command, Simple):
        raise _RefusedError("it is more than one command")
    return command


def _text(word: Word, variables: _Variables) -> str:
    pieces = []
    for part in word.parts:
        if isinstance(part, Literal):
            if any(_FIRST <= ord(character) <= _LAST for character in part.text):
                raise _RefusedError("it has characters of the private use area")
            pieces.append(part.text)
        elif isinstance(part, Parameter):
            if not part.quoted:
                raise _RefusedError(f"`{part.span.text}` may be several words")
            pieces.append(variables.character(part))
        else:
            raise _RefusedError(f"`{part.span.text}` is known only when it runs")
    return "".join(pieces)
