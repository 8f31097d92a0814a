"""The one build command per target that stands where the script's own builds stood."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.dockercli.options import BUILD
from migrator.migration.options import Options
from migrator.trace.render import inside_quotes, word
from migrator.trace.symbols import SymbolKind, is_known, is_symbol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrator.diagnostics import Diagnostic
    from migrator.migration.arguments import Arguments
    from migrator.migration.contexts import NewContext
    from migrator.migration.graph import Unit, Wanted
    from migrator.trace.symbols import Symbols


@dataclass
class CommandWriter:
    """Writes the commands for one emitted file."""

    symbols: Symbols
    arguments: Arguments
    context: NewContext
    path: str
    units: Sequence[Unit]
    diagnostics: list[Diagnostic] = field(default_factory=list)

    @property
    def _options(self) -> Options:
        return Options(self.units, self.diagnostics)

    def write(self, target: Wanted, stage: str, *, is_last: bool) -> str:
        """The command for one target; `is_last` says that its stage ends the file, so that it needs no `--target`."""
        words = self._options.program(target.unit)
        words += self._flags(target.unit)
        used = self._wanted_arguments()
        for name, value in used:
            words.append("--build-arg")
            words.append(name if value is None else f"{name}={self._value(value)}")
        for label in target.unit.built.labels:
            words += ["--label", self._value(label)]
        for tag in target.tags:
            words += ["-t", self._value(tag)]
        if posixpath.join(self.context.folder, "Dockerfile") != self.path:
            words += ["-f", self._value(self.path)]
        output = target.unit.built.output
        if not is_last or output is not None:
            words += ["--target", stage]
        if output is not None:
            folder = self._value(output.folder)
            words = ["mkdir", "-p", folder, "&&", *words] if output.missing else words
            words += ["--output", folder]
        words += self._open_words()
        words.append(self._value(self.context.folder or "."))
        return " ".join(words)

    def _open_words(self) -> list[str]:
        """Words of the user's own, for either build: the arguments of the script, or options in a variable."""
        given = dict.fromkeys(value or "" for unit in self.units for name, value in unit.built.flags if name == "@")
        symbols = [self.symbols[character] for character in given]
        return [f'"{one.shell}"' if one.kind is SymbolKind.WORDS else one.shell or "" for one in symbols]

    def _wanted_arguments(self) -> list[tuple[str, str | None]]:
        return list(self.arguments.passed.items())

    def _value(self, text: str) -> str:
        return text if is_known(text) and text == word(text, self.symbols) else word(text, self.symbols)

    def _flags(self, unit: Unit) -> list[str]:
        found: list[str] = []
        for name, value in self._options.merged(unit):
            if value is None or (value == "true" and not BUILD[name].takes_value):
                found.append(f"--{name}")
            elif not BUILD[name].takes_value:
                found.append(f"--{name}={value}")
            else:
                found += [f"--{name}", self._value(value)]
        return found

    def unknown(self, target: Wanted) -> str | None:
        """The first value in the command that nothing can yield, as a character."""
        texts = [
            *target.tags,
            *target.unit.built.labels,
            target.unit.built.output.folder if target.unit.built.output is not None else "",
            *(value for _, value in self.arguments.passed.items() if value),
        ]
        texts += [value or "" for name, value in self._options.merged(target.unit)]
        for text in texts:
            for character in text:
                if is_symbol(character) and (
                    self.symbols[character].shell is None or self.symbols[character].kind is SymbolKind.WORDS
                ):
                    return character
        return None


__all__ = ["CommandWriter", "inside_quotes"]
