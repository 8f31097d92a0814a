"""Words of a command line into a `Call`, or None when they do not start docker or one of its kind.

The reading is that of pflag (https://github.com/spf13/pflag), on which all these clients stand: options before and
behind operands, `--name=value`, `--name value`, `-xvalue`, `-x=value`, `-x value`, grouped booleans; `--` ends them.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from migrator.dockercli.options import Effect, Spec, Table, join
from migrator.dockercli.verbs import ALIASES, GLOBALS, GROUPS, TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence

# Where the container's own command begins, docker's options have ended.
_STOP_AT_OPERAND = frozenset({"run", "create", "exec", "compose run", "compose exec", "buildah run", "top"})
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})  # what Go's strconv.ParseBool takes for false
_EMPTY: Table = MappingProxyType({})


@dataclass(frozen=True)
class Option:
    """One option as given: canonical long name, value (None: a boolean without one), index of its word."""

    name: str
    value: str | None
    index: int
    effect: Effect = Effect.NONE


@dataclass(frozen=True)
class Call:
    """A docker command line, taken apart.

    `verb` is the canonical command ("build" for `docker buildx build`), `group` the management group that was
    written ("image", "container", "compose", ...), or empty. `unknown` holds the options that are in no table: after
    one of those the operands are a guess. `missing` holds options whose value is missing. `extra` are the options in
    front of the command. `modelled` is false when there is no table for the command: then everything behind it is an
    operand.
    """

    program: str
    verb: str
    words: tuple[str, ...]
    options: tuple[Option, ...]
    operands: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    extra: tuple[Option, ...] = ()
    buildx: bool = False
    group: str = ""
    missing: tuple[str, ...] = ()
    modelled: bool = True

    def has(self, name: str) -> bool:
        """Whether an option is given and not switched off by `=false`."""
        last = self._last(name)
        return last is not None and (last.value is None or last.value not in _FALSE)

    def value(self, name: str) -> str | None:
        """The last value of an option, or None when it is not given."""
        last = self._last(name)
        return None if last is None else last.value

    def values(self, name: str) -> tuple[str, ...]:
        """All values of an option in order."""
        return tuple(option.value for option in self.options if option.name == name and option.value is not None)

    def _last(self, name: str) -> Option | None:
        return next((option for option in reversed(self.options) if option.name == name), None)


def parse(words: Sequence[str]) -> Call | None:
    """The call that `words` make, `words[0]` being the program; None when that is not docker or one of its kind."""
    program = program_name(words[0]) if words else None
    if program is None:
        return None
    front = _Reader(words, 1, GLOBALS["docker" if program == "docker-compose" else program], stop=True)
    if program == "docker-compose":
        front = _Reader(words, 1, GLOBALS["compose"], stop=True)
    front.read()
    group = "compose" if program == "docker-compose" else ""
    at = front.position
    verb = words[at] if at < len(words) else ""
    if not group and verb in GROUPS and program != "buildah":
        group = verb
        front = _Reader(words, at + 1, GLOBALS.get(group, _EMPTY), stop=True, found=front.options)
        front.read()
        at = front.position
        verb = words[at] if at < len(words) else ""
    name = _canonical(program, group, verb)
    return _finish(program, group, name, words, at, front)


def program_name(word: str) -> str | None:
    """The canonical program that a command word starts, or None: `/usr/bin/docker` and `docker.exe` are docker."""
    folder, base = posixpath.split(word.replace("\\", "/"))
    base = base.removesuffix(".exe")
    if base not in TABLES:
        return None
    # A relative path is a script of the repository that happens to bear the name.
    return None if folder and folder[0] not in "/~" and folder[0] < "\U00100000" and folder[1:2] != ":" else base


def _canonical(program: str, group: str, verb: str) -> str:
    """The name under which the tables have a command."""
    aliases = ALIASES.get(program, {})
    if not group:
        return aliases.get(verb, verb)
    full = f"{group} {verb}".rstrip()
    return aliases.get(full) or GROUPS[group].get(verb) or full


def _finish(program: str, group: str, verb: str, words: Sequence[str], at: int, front: _Reader) -> Call:
    """The call, once its command is known to stand at word `at`."""
    specs = TABLES[program].get(verb)
    buildx = group == "buildx"
    if specs is None:
        options: list[Option] = []
        operands = tuple(words[at + 1 :])
        back = front
    else:
        specs = join(specs, GLOBALS["buildx"]) if buildx else specs
        back = _Reader(words, at + 1, specs, stop=verb in _STOP_AT_OPERAND)
        back.read()
        options, operands = back.options, tuple(back.operands)
    if verb == "buildah run" and operands[1:2] == ("--",):
        operands = operands[:1] + operands[2:]  # buildah drops it; docker would run a program of that name
    if verb == "volume create" and not operands:  # the way of before Docker 1.13, which every client still takes
        operands = tuple(option.value for option in options if option.name == "name" and option.value is not None)[-1:]
        options = [option for option in options if option.name != "name"]
    same = back is front
    return Call(
        program=program,
        verb=verb,
        words=tuple(words),
        options=tuple(options),
        operands=operands,
        unknown=tuple(front.unknown if same else front.unknown + back.unknown),
        extra=tuple(front.options),
        buildx=buildx,
        group=group,
        missing=tuple(front.missing if same else front.missing + back.missing),
        modelled=specs is not None,
    )


class _Reader:
    """Reads the options and operands from a position on; with `stop`, up to the first operand and its tail."""

    def __init__(
        self, words: Sequence[str], position: int, specs: Table, *, stop: bool, found: Sequence[Option] = ()
    ) -> None:
        self.words = words
        self.position = position
        self.stop = stop
        self.options: list[Option] = list(found)
        self.operands: list[str] = []
        self.unknown: list[str] = []
        self.missing: list[str] = []
        self._long = specs
        self._short = {spec.short: spec for spec in specs.values() if spec.short}

    def read(self) -> None:
        """Fills the lists; `position` ends at the first operand when reading stops there."""
        while self.position < len(self.words):
            word = self.words[self.position]
            if word == "--":
                self.position += 1
                self.operands += self.words[self.position :]
                return
            if word.startswith("--"):
                self._take_long(word)
            elif word.startswith("-") and word != "-":
                self._take_short(word)
            elif self.stop:
                self.operands += self.words[self.position :]
                return
            else:
                self.operands.append(word)
            self.position += 1

    def _take_long(self, word: str) -> None:
        name, equals, value = word[2:].partition("=")
        spec = self._long.get(name)
        if spec is None:
            self.unknown.append(f"--{name}")
        elif equals:
            self._add(spec, value, self.position)
        elif spec.takes_value:
            self._take_next(spec, f"--{name}")
        else:
            self._add(spec, None, self.position)

    def _take_short(self, word: str) -> None:
        letters = word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            spec = self._short.get(letter)
            if spec is None:
                self.unknown.append(f"-{letter}")
                return
            if letters.startswith("="):
                self._add(spec, letters[1:], self.position)
                return
            if not spec.takes_value:
                self._add(spec, None, self.position)
            elif letters:
                self._add(spec, letters, self.position)
                return
            else:
                self._take_next(spec, f"-{letter}")

    def _take_next(self, spec: Spec, written: str) -> None:
        """The value is the next word, whatever it looks like."""
        index = self.position
        if index + 1 < len(self.words):
            self.position += 1
            self._add(spec, self.words[self.position], index)
        else:
            self.missing.append(written)

    def _add(self, spec: Spec, value: str | None, index: int) -> None:
        self.options.append(Option(CANONICAL.get(spec.name, spec.name), value, index, spec.effect))


# Two long names of one option.
CANONICAL = MappingProxyType(
    {"net": "network", "net-alias": "network-alias", "dns-opt": "dns-option", "timeout": "time"}
)
