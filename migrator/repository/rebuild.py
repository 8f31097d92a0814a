"""The script's own build statement, made the one new build: its words stay as they stand wherever they still hold."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.commands.base import absolute
from migrator.dockercli.parse import parse as parse_docker
from migrator.migration.graph import Unit
from migrator.repository.edits import Edit
from migrator.repository.words import CannotRewriteError, Words, align
from migrator.shell.parse import parse as parse_shell
from migrator.shell.syntax import Parameter, Simple
from migrator.shell.walk import nodes_in
from migrator.source import Source
from migrator.trace.render import renderable, word
from migrator.trace.symbols import SymbolKind, is_known, is_symbol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrator.dockercli.parse import Call, Option
    from migrator.interpret.record import Ran
    from migrator.repository.passing import Passing
    from migrator.shell.syntax import Word
    from migrator.source import Span
    from migrator.trace.effects import DockerCall
    from migrator.trace.images import Built
    from migrator.trace.symbols import Symbols

# What the old statement asks for beside the image itself: it stays as it is.
_OWN = frozenset({"tag", "quiet", "iidfile", "progress"})


# What a variable is made of that says where the script stands, or the repository.
_PLACE = re.compile(r"(?m)(?:^|[\s;])(\w+)=[^\n]*(?:\$\{?0\b|BASH_SOURCE|--show-toplevel)")


def located(text: str) -> frozenset[str]:
    """The variables of a script that say where it stands."""
    return frozenset(found[1] for found in _PLACE.finditer(text))


def _ends_with(words: Sequence[str], call: Sequence[str]) -> bool:
    """Whether words end in those of a docker call, whose program may be a value that the caller chooses."""
    own = words[len(words) - len(call) :]
    same = tuple(own[1:]) == tuple(call[1:])
    return len(own) == len(call) and same and (own[0] == call[0] or (len(own[0]) == 1 and is_symbol(own[0])))


@dataclass
class Rebuilder:
    """Writes the new builds of one world in terms of the old ones; `folders` says which will stand elsewhere."""

    passing: Passing
    symbols: Symbols
    folders: dict[Span, str] = field(default_factory=dict)

    def edits(self, item: Ran, built: Built, inner: Ran) -> list[Edit]:
        """The edits that make a statement the new build of this image; raises CannotRewriteError.

        `inner` is the command that ran the build: the statement itself, or one that it called with the same words.
        """
        call = next((one for one in inner.calls if one.span == inner.span and one.call.verb == "build"), None)
        words = align(item.node, item.words) if isinstance(item.node, Simple) else None
        if call is None or words is None or not _ends_with(item.words, call.words):
            raise CannotRewriteError
        return _Statement(self, item, words, call, self.command(built)).edits(self._target(built))

    def command(self, built: Built) -> Call:
        """The new command of a build as words of bash text, taken apart."""
        number = self.passing.targets.get(built, 0)
        body = parse_shell(Source("command", self.passing.plan.commands[number])).body
        simple = body.commands[0] if body.commands else None
        if not isinstance(simple, Simple):
            raise CannotRewriteError
        call = parse_docker([item.span.text for item in simple.words])
        if call is None:
            raise CannotRewriteError
        return call

    def line(self, built: Built) -> str:
        """The whole new command of a build, to be run from the repository's root."""
        if built in self.passing.targets:
            return self.passing.plan.commands[self.passing.targets[built]]
        call = self.command(built)
        words = list(call.words[: next(n for n, text in enumerate(call.words) if text == "build") + 1])
        for option in call.options:
            if option.name not in ("tag", "target"):
                words += [f"--{option.name}", *([option.value] if option.value is not None else [])]
        for tag in built.tags:
            words += ["-t", word(tag, self.symbols)]
        return " ".join([*words, "--target", str(self._target(built)), *call.operands])

    def _target(self, built: Built) -> str | None:
        """The value of `--target`, for what the new command does not say: an old builder that is still asked for."""
        if built in self.passing.targets:
            return self.command(built).value("target")
        for block in self.passing.plan.blocks:
            if isinstance(block.root, Unit) and block.root.built is built:
                return block.name
        raise CannotRewriteError

    def spell(self, token: str, item: Ran) -> str:
        """Bash text for a value at this place: as another build writes it, as a variable, or as the value itself."""
        for other in self.passing.world.ran:
            own = any(call.span == other.span and call.call.verb == "build" for call in other.calls)
            if not own or not isinstance(other.node, Simple):
                continue
            words = align(other.node, other.words)
            for written, text in words.whole() if words is not None else ():
                if token in self.shown(text) and self._same_there(written, other, item):
                    return written.span.text
        name, equals, value = token.partition("=")
        for variable, held in item.before.variables.items():
            if equals and value and not is_known(held) and value in self.shown(held):
                return f'{name}="${variable}"'
        return token

    def shown(self, value: str) -> tuple[str, ...]:
        """A value in the ways in which the new command may write it; the name of an argument stands plain there."""
        if not renderable(value, self.symbols):
            return ()
        name, equals, rest = value.partition("=")
        whole = word(value, self.symbols)
        return (whole, f"{name}={word(rest, self.symbols)}") if equals and name.isidentifier() else (whole,)

    @staticmethod
    def _same_there(written: Word, there: Ran, here: Ran) -> bool:
        """Whether the parameters in a word have the same values at two places."""
        for node in nodes_in(written):
            if isinstance(node, Parameter):
                if not node.name.isidentifier():
                    if there.before.positional != here.before.positional:
                        return False
                elif there.before.variables.get(node.name) != here.before.variables.get(node.name):
                    return False
        return True


@dataclass
class _Statement:
    """One old build statement on its way to the new one."""

    rebuilder: Rebuilder
    item: Ran
    words: Words
    call: DockerCall
    new: Call

    def edits(self, target: str | None) -> list[Edit]:
        """All edits of the statement."""
        found: list[Edit] = []
        missing = self._missing(target)
        last: int | None = None
        for option in self.call.call.options:
            edit = self._option(option, target)
            if edit is not None:
                found += edit
            if option.name == "tag":
                last = self._end_of(option)
        found += self._operand()
        found += self._streams()
        if missing:
            found.append(self._insertion(missing, last))
        return found

    @property
    def cwd(self) -> str:
        """The folder in which the new build stands."""
        return self.rebuilder.folders.get(self.item.span, self.call.cwd)

    # --- places -----------------------------------------------------------------------------------------------------

    def _field(self, index: int) -> int:
        """The field of a word of the call as it was parsed: words that stand for any number were left out there."""
        symbols = self.rebuilder.symbols
        offset = len(self.words.fields) - len(self.call.words)
        counted = [
            number for number, text in enumerate(self.call.words)
            if not (len(text) == 1 and is_symbol(text) and symbols[text].kind is SymbolKind.WORDS)
        ]  # fmt: skip
        return offset + counted[index]

    def _width(self, option: Option) -> int:
        if option.value is None:
            return 1
        text = self.call.call.words[option.index]
        if text.startswith("--"):
            return 1 if "=" in text else 2
        return 2 if len(text) == 2 or not text.endswith(option.value) else 1

    def _end_of(self, option: Option) -> int:
        return self.words.at(self._field(option.index + self._width(option) - 1)).span.end

    def _cut(self, first: int, count: int) -> Edit:
        """The removal of some words of the call, with the blank in front of them."""
        start = self.words.at(self._field(first))
        end = self.words.at(self._field(first + count - 1))
        before = [item.span.end for item in self.words.node.words if item.span.end <= start.span.start]
        return Edit(max(before, default=start.span.start), end.span.end)

    # --- options ----------------------------------------------------------------------------------------------------

    def _option(self, option: Option, target: str | None) -> list[Edit] | None:
        if option.name in _OWN:
            return None
        if option.name == "file":
            return self._path_option(option)
        if option.name == "target":
            if option.value == target:
                return None
            return self._value(option, target) if target is not None else [self._remove(option)]
        if any(option.name == other.name and self._same(option.value, other.value) for other in self.new.options):
            return None
        return [self._remove(option)]

    def _same(self, value: str | None, token: str | None) -> bool:
        if value is None or token is None:
            return value is token or (value or token) == "true"
        return token in self.rebuilder.shown(value)

    def _remove(self, option: Option) -> Edit:
        text = self.call.call.words[option.index]
        if not text.startswith("--") and len(text) > 2 and self._width(option) != 1:
            raise CannotRewriteError  # it shares a word with other options
        if not text.startswith("--") and len(text) > 2 and option.value is None:
            raise CannotRewriteError
        return self._cut(option.index, self._width(option))

    def _value(self, option: Option, text: str) -> list[Edit]:
        """The value of an option replaced."""
        if self._width(option) == 2:
            span = self.words.at(self._field(option.index + 1)).span
            return [Edit(span.start, span.end, text)]
        span = self.words.at(self._field(option.index)).span
        written = self.call.call.words[option.index]
        head = written.partition("=")[0] + "=" if written.startswith("--") else written[:2]
        return [Edit(span.start, span.end, head + text)]

    def _path_option(self, option: Option) -> list[Edit] | None:
        wanted = self._wanted_file()
        if option.value and option.value != "-" and absolute(self.cwd, option.value) == wanted:
            return None
        if self._is_default(wanted):
            return [self._remove(option)]
        if self._width(option) == 2:  # a word of its own
            return self._value(option, self._located(wanted, self.words.at(self._field(option.index + 1)).span))
        return self._value(option, self._relative(wanted))

    def _wanted_file(self) -> str:
        return f"{self.rebuilder.passing.root}/{self.rebuilder.passing.plan.path}"

    def _wanted_context(self) -> str:
        return posixpath.normpath(f"{self.rebuilder.passing.root}/{self.rebuilder.passing.plan.context.folder}")

    def _is_default(self, wanted: str) -> bool:
        return wanted == f"{self._wanted_context()}/Dockerfile"

    def _located(self, path: str, span: Span) -> str:
        """A path in place of a word: where the word says where the script stands, by the same variable."""
        found = next((item for item in self.words.node.words if item.span == span), None)
        for node in (*(nodes_in(found) if found is not None else ()), *self._places_of_others()):
            value = self.item.before.variables.get(node.name) if isinstance(node, Parameter) else None
            if not isinstance(node, Parameter) or not value or node.name not in located(self.item.span.source.text):
                continue
            rest = posixpath.relpath(path, absolute(self.cwd, value))
            if is_known(rest) and re.fullmatch(r"[\w./-]+", rest):
                return f'"${{{node.name}}}"' if rest == "." and "{" in node.span.text else (
                    f'"${node.name}"' if rest == "." else f'"${node.name}/{rest}"'
                )  # fmt: skip
        return self._relative(path)

    def _places_of_others(self) -> Iterator[object]:
        """What the other builds name their contexts by: a script that names one so may be called from anywhere."""
        for other in self.rebuilder.passing.world.ran:
            for call in other.calls:
                words = align(other.node, other.words) if isinstance(other.node, Simple) else None
                if call.span != other.span or call.call.verb != "build" or words is None or not call.call.operands:
                    continue
                for written, text in words.whole():
                    if text == call.call.operands[-1]:
                        yield from nodes_in(written)

    def _relative(self, path: str) -> str:
        text = posixpath.relpath(path, self.cwd)
        if not is_known(text):
            raise CannotRewriteError
        return word(text, self.rebuilder.symbols)

    def _missing(self, target: str | None) -> list[str]:
        found: list[str] = []
        given = self.call.call
        for option in self.new.options:
            if option.name in ("tag", "file", "target"):
                continue
            if any(one.name == option.name and self._same(one.value, option.value) for one in given.options):
                continue
            found.append(f"--{option.name}")
            if option.value is not None:
                found.append(self.rebuilder.spell(option.value, self.item))
        if target is not None and not given.has("target"):
            found += ["--target", target]
        if given.value("file") is None and not self._is_default(self._wanted_file()):
            found += ["-f", self._located(self._wanted_file(), self._context_span())]
        return found

    def _insertion(self, missing: list[str], last: int | None) -> Edit:
        if last is None:
            verb = next(
                (number for number, text in enumerate(self.call.call.words) if text in ("build", "b", "bud")), None
            )
            if verb is None:
                raise CannotRewriteError
            last = self.words.at(self._field(verb)).span.end
        return Edit(last, last, " " + " ".join(missing))

    # --- the context ------------------------------------------------------------------------------------------------

    def _operand(self) -> list[Edit]:
        context = self.call.call.operands[-1]
        if context != "-" and absolute(self.cwd, context) == self._wanted_context():
            return []
        span = self._context_span()
        return [Edit(span.start, span.end, self._located(self._wanted_context(), span))]

    def _context_span(self) -> Span:
        """The word that names the context."""
        context = self.call.call.operands[-1]
        taken = {option.index + 1 for option in self.call.call.options if self._width(option) == 2}
        places = [
            number for number, text in enumerate(self.call.call.words)
            if text == context and number not in taken and number > 0
        ]  # fmt: skip
        if not places:
            raise CannotRewriteError
        return self.words.at(self._field(places[-1])).span

    def _streams(self) -> list[Edit]:
        """Standard input was the context or the Dockerfile: it is read no more."""
        found: list[Edit] = []
        text = self.item.span.source.text
        given = self.call.call
        if given.operands[-1] == "-" or given.value("file") == "-":
            for redirect in self.words.node.redirects:
                if redirect.operator in ("<", "<<", "<<-", "<<<"):
                    before = len(text[: redirect.span.start].rstrip(" \t"))
                    found.append(Edit(before, redirect.span.end))
                    if redirect.document is not None and redirect.document.span.start >= redirect.span.end:
                        end = text.find("\n", redirect.document.span.end)
                        found.append(Edit(redirect.document.span.start, len(text) if end < 0 else end + 1))
        return found
