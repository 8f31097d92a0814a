"""A recipe as shell text: each line in a shell of its own, the first that fails ends it all."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.frontends.make.calls import follow_calls
from migrator.frontends.make.holes import TroubleError
from migrator.frontends.program import Chunk
from migrator.rules import inputs as rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrator.frontends.make.calls import MakeCall
    from migrator.frontends.make.lines import Line
    from migrator.frontends.make.reader import Reader
    from migrator.source import Span

_SHELLS = re.compile(r"(?:/usr)?(?:/local)?(?:/bin/)?(?:env )?(bash|sh|dash|ash|ksh|zsh)")

# A failure that is ignored. It stands in no condition (`|| :`): in one, bash would ignore the `set -e` of the line's
# own shell as well, which make does not.
_IGNORING = ("set +e\n", "set -e\n")


@dataclass
class Recipes:
    """Writes recipes to the shell text of a reading; `below` gives the shell text of a `$(MAKE)` in them."""

    reader: Reader
    below: Callable[[MakeCall, Span], list[Chunk]]

    def run(self, target: str, lines: list[Line], span: Span, exported: tuple[str, ...], *, guarded: bool) -> None:
        """Writes the recipe of one target. `guarded`: it runs only if nothing before it has made the target."""
        evaluation = self.reader.evaluation
        options = self._options(span)
        # make expands all lines before it runs the first one.
        expanded = [chunks for line in lines for chunks in _apart(self.reader.expander.pieces(line))]
        if ".ONESHELL" in self.reader.tables.special and expanded:
            expanded = [_one_shell(expanded)]
        commands: list[list[Chunk]] = []
        for chunks in expanded:
            plain, ignored = _without_prefix(chunks)
            if "".join(chunk.text for chunk in plain).strip():
                shell = follow_calls(evaluation.shell(plain), self.below)
                before, behind = _IGNORING if ignored or self._ignores(target) else ("", "")
                commands.append([Chunk(f"{before}({options}\n", span), *shell, Chunk(f"\n)\n{behind}", span)])
        exports = [chunk for name in exported for chunk in self.export(name, span)]
        if not commands:
            return
        if exports:
            commands = [[Chunk("(\n", span), *exports], *commands, [Chunk(")\n", span)]]
        if guarded and self.may_have_changed(target):
            commands = [[Chunk(f"if [ ! -e '{target}' ]; then\n", span)], *commands, [Chunk("fi\n", span)]]
        evaluation.ran = True
        for chunks in commands:
            evaluation.composer.extend(chunks)

    def may_have_changed(self, target: str) -> bool:
        """Whether the text before names the file or a folder above it, so that it may be made or removed by now."""
        names = [name for name in posixpath.normpath(target).split("/") if name not in ("", ".", "..")]
        chunks = self.reader.evaluation.composer.chunks if self.reader.evaluation.ran else []
        return any(name in chunk.text for chunk in chunks for name in names)

    def _ignores(self, target: str) -> bool:
        """Whether `.IGNORE` names the target, or all of them."""
        tables = self.reader.tables
        return self.reader.evaluation.setting.ignores or tables.ignores_all or target in tables.ignored

    def _options(self, span: Span) -> str:
        """The `set` command that gives a line the options of its shell."""
        expander, evaluation = self.reader.expander, self.reader.evaluation
        shell = evaluation.demand(expander.variable("SHELL", span), span, "SHELL")
        if not _SHELLS.fullmatch(shell.strip().partition(" ")[0]):
            advice = "Write the recipe for a shell."
            raise TroubleError(rules.NOT_SUPPORTED.at(span, what=f"a recipe for {shell}", advice=advice))
        flags = evaluation.demand(expander.variable(".SHELLFLAGS", span), span, ".SHELLFLAGS").split()
        if ".POSIX" in self.reader.tables.special and flags == ["-c"]:
            flags = ["-ec"]
        words: list[str] = []
        for number, word in enumerate(flags):
            if word.startswith("-") and not word.startswith("--"):
                letters = word[1:].replace("c", "")
                words += [f"-{letters}"] if letters else []
            elif number and flags[number - 1].endswith("o"):
                words.append(word)
        fails = any("e" in word for word in words if word.startswith("-"))
        return f"set {' '.join(words)}" if fails else " ".join(["set +e", *words])

    def export(self, name: str, span: Span) -> list[Chunk]:
        """The command that gives a variable of make to what recipes run."""
        evaluation = self.reader.evaluation
        if not re.fullmatch(r"[A-Za-z_]\w*", name):
            return []
        found = evaluation.find(name)
        if found is None:
            return []
        value = self.reader.expander.variable(name, span)
        return [Chunk(f'export {name}="{evaluation.quoted(value, span)}"\n', span)]


def _apart(chunks: list[Chunk]) -> list[list[Chunk]]:
    """A recipe line after expansion as several, where a variable holds several."""
    found: list[list[Chunk]] = [[]]
    for chunk in chunks:
        if chunk.exact:
            found[-1].append(chunk)
            continue
        pieces = re.split(r"(?<!\\)\n", chunk.text)
        for number, piece in enumerate(pieces):
            if number:
                found.append([])
            found[-1].append(chunk._replace(text=piece))
    return found


def _without_prefix(chunks: list[Chunk]) -> tuple[list[Chunk], bool]:
    """A line without the `@`, `-` and `+` before it; says whether its failure is ignored."""
    ignored = False
    found = list(chunks)
    while found:
        text = found[0].text
        rest = text.lstrip(" \t@+-")
        ignored = ignored or "-" in text[: len(text) - len(rest)]
        cut = len(text) - len(rest)
        chunk = found[0]
        if chunk.exact and cut:
            chunk = chunk._replace(origin=chunk.origin.source.span(chunk.origin.start + cut, chunk.origin.end))
        if rest:
            return [chunk._replace(text=rest), *found[1:]], ignored
        found.pop(0)
    return [], ignored


def _one_shell(lines: list[list[Chunk]]) -> list[Chunk]:
    """All lines for one shell: the prefixes are of the first line only, but no line has them for the shell."""
    first, *rest = lines
    found = list(first)
    for line in rest:
        plain, _ = _without_prefix(line)
        found += [Chunk("\n", (line or first)[0].origin), *plain]
    return found


__all__ = ["Recipes"]
