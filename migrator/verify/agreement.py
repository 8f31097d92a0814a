"""The calls that the script made against the calls that we read in it: a disagreement is a script that we misread.

Compared is every call that makes or changes an image, a container or a file: what only asks, or tidies up, changes no
image. See `migrator.trace` for the calls that we read.
"""

from __future__ import annotations

import dataclasses
import posixpath
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from migrator.dockercli.parse import parse
from migrator.rules import verification as rules
from migrator.shell.syntax import Background
from migrator.trace.symbols import SymbolKind, is_symbol
from migrator.verify.matching import Matcher
from migrator.verify.verdict import Difference

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from migrator.diagnostics import Diagnostic
    from migrator.interpret.run import Outcome, World
    from migrator.source import Span
    from migrator.trace.effects import DockerCall
    from migrator.trace.symbols import Symbols
    from migrator.verify.calls import RecordedCall

COMPARED = frozenset(
    {
        *("build", "create", "run", "start", "exec", "cp", "commit", "tag", "push"),
        *("import", "load", "save", "export", "rename"),
    }
)
NEVER = "(no such call)"


@dataclass(frozen=True)
class Disagreement:
    """One call that is not the same on both sides; None where that side has no such call."""

    span: Span | None
    read: str | None
    made: str | None

    @property
    def place(self) -> str:
        """Where in the script we read it."""
        return "" if self.span is None else f"{self.span.file}:{self.span.line}"

    @property
    def difference(self) -> Difference:
        """It as a difference that counts: what the script did, and what we take it to do."""
        code = rules.MISREAD.code
        return Difference("call", self.place, self.made or NEVER, self.read or NEVER, code)

    @property
    def diagnostic(self) -> Diagnostic:
        """It as the error of ours that it is."""
        return rules.MISREAD.at(self.span, made=self.made or NEVER, read=self.read or NEVER)


def disagreements(
    outcome: Outcome,
    recorded: Sequence[RecordedCall],
    root: Path,
    *,
    temporary: Path | None = None,
    cut_short: bool = False,
) -> tuple[Disagreement, ...]:
    """What a run of the script in `root` did otherwise than each way through it that we read; of the nearest way.

    `temporary` is the folder that stood in for /tmp. With `cut_short` the script gave up on the way, and what it did
    not come to is not held against us.
    """
    seen = [_plain(call, temporary) for call in recorded if _is_compared((call.program, *call.argv))]
    ordered = not _side_by_side(seen) and not _has_background(outcome.script.body)
    found = [
        tuple(_Comparison(outcome, world, root, ordered=ordered).differences(seen, cut_short=cut_short))
        for world in outcome.worlds
    ]
    return min(found, key=len, default=())


def _is_compared(words: Sequence[str]) -> bool:
    call = parse(words)
    return call is not None and call.verb in COMPARED


def _plain(call: RecordedCall, temporary: Path | None) -> RecordedCall:
    """A call with /tmp in place of the folder that stood in for it."""
    if temporary is None:
        return call
    names = {str(temporary), str(temporary.resolve())}

    def plain(text: str) -> str:
        for name in names:
            text = text.replace(name, "/tmp")
        return text

    return replace(call, cwd=plain(call.cwd), argv=tuple(plain(word) for word in call.argv))


def _side_by_side(calls: Sequence[RecordedCall]) -> bool:
    """Whether some calls were under way at the same time: in a pipeline, or in the background."""
    by_begin = sorted(calls, key=lambda call: call.began)
    return any(other.began < one.ended for one, other in pairwise(by_begin))


def _has_background(node: object) -> bool:
    """Whether anything of a script's tree runs in the background, where the order of calls is left to chance."""
    if isinstance(node, Background):
        return True
    if isinstance(node, tuple):
        return any(_has_background(item) for item in node)
    if dataclasses.is_dataclass(node) and type(node).__module__.startswith("migrator.shell"):
        return any(_has_background(getattr(node, item.name)) for item in dataclasses.fields(node))
    return False


class _Comparison:
    """One way through the script against what was recorded."""

    def __init__(self, outcome: Outcome, world: World, root: Path, *, ordered: bool) -> None:
        # A working folder is asked from the system, which answers without links.
        self._root = str(root.resolve())
        self._read_root = outcome.root
        self._symbols = outcome.symbols
        self._matcher = Matcher(outcome.symbols, {outcome.root[1:]: self._root[1:]})
        self._expected = [call for call in world.calls if call.call.verb in COMPARED]
        self._optional = [call for call in world.state.optional if call.call.verb in COMPARED]
        self._ordered = ordered

    def differences(self, recorded: Sequence[RecordedCall], *, cut_short: bool) -> Iterator[Disagreement]:
        """The disagreements, in the order of the script."""
        left = self._without_optional(recorded)
        for number, expected in enumerate(self._expected):
            if expected in self._optional:
                continue
            hits = [n for n, call in enumerate(left) if self._is(expected, call, keep=False)]
            if hits and (hits[0] == 0 or not self._ordered):
                self._take(expected, left.pop(hits[0]))
            elif not self._ordered or not left or self._comes_later(left[0], number + 1):
                if left or not cut_short:
                    yield self._disagreement(expected, None)
            elif hits:
                yield from (self._disagreement(None, call) for call in left[: hits[0]])
                self._take(expected, left[hits[0]])
                del left[: hits[0] + 1]
            else:
                yield self._disagreement(expected, left.pop(0))
        yield from (self._disagreement(None, call) for call in left)

    def _without_optional(self, recorded: Sequence[RecordedCall]) -> list[RecordedCall]:
        """The calls without those that we know to depend on what we cannot know, and to change nothing."""
        needed = [call for call in self._expected if call not in self._optional]
        return [
            call
            for call in recorded
            if any(self._is(expected, call, keep=False) for expected in needed)
            or not any(self._is(expected, call, keep=False) for expected in self._optional)
        ]

    def _take(self, expected: DockerCall, call: RecordedCall) -> None:
        """Two calls are one: what they say of the symbols is kept, and so is the id that `docker create` printed."""
        self._is(expected, call, keep=True)
        if expected.call.verb == "create" and call.printed and len(ids := self._made_at(expected.span)) == 1:
            self._matcher.bind(ids.pop(), call.printed)

    def _made_at(self, span: Span) -> set[str]:
        """The ids that calls take from the command at a place; in a loop there are several."""
        return {
            character
            for call in self._expected
            for word in call.words
            for character in word
            if is_symbol(character)
            and self._symbols[character].kind is SymbolKind.CONTAINER
            and self._symbols[character].because == span
        }

    def _comes_later(self, call: RecordedCall, number: int) -> bool:
        return any(self._is(expected, call, keep=False) for expected in self._expected[number:])

    def _is(self, expected: DockerCall, call: RecordedCall, *, keep: bool) -> bool:
        words = [posixpath.basename(expected.words[0]), *expected.words[1:]]
        return self._matcher.all((expected.cwd, call.cwd), (words, [call.program, *call.argv]), keep=keep)

    def _disagreement(self, expected: DockerCall | None, call: RecordedCall | None) -> Disagreement:
        read = made = None
        if expected is not None:
            read = _within(_named(expected.words, self._symbols), expected.cwd, self._read_root)
        if call is not None:
            made = _within(" ".join((call.program, *call.argv)), call.cwd, self._root)
        return Disagreement(None if expected is None else expected.span, read, made)


def _within(text: str, folder: str, root: str) -> str:
    """A call with the folder that it is made in, where that is not the repository's own."""
    return text if folder == root else f"{text} (in {posixpath.relpath(folder, root)})"


def _named(words: Sequence[str], symbols: Symbols) -> str:
    """A call as we read it, with the name of each thing that we could not know."""
    return "".join(f"<{symbols[one].name}>" if is_symbol(one) else one for one in " ".join(words))
