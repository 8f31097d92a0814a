"""The one build command per target that stands where the script's own builds stood."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.rules import plan as rules
from migrator.trace.render import inside_quotes, word
from migrator.trace.symbols import SymbolKind, is_known, is_symbol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrator.diagnostics import Diagnostic
    from migrator.migration.arguments import Arguments
    from migrator.migration.contexts import NewContext
    from migrator.migration.graph import Unit, Wanted
    from migrator.trace.symbols import Symbols

# Options of either build that the new build keeps: they change what RUN sees, or whether layers are taken anew.
_SHARED = (
    "network", "add-host", "shm-size", "ulimit", "cgroup-parent", "secret", "ssh", "memory", "memory-swap",
    "cpuset-cpus", "cpu-shares", "cpu-quota", "cpu-period", "security-opt", "isolation", "no-cache", "pull",
    "progress", "allow",
)  # fmt: skip
_OWN = (
    "squash", "load", "compress", "force-rm", "rm", "disable-content-trust", "provenance", "sbom", "annotation",
)  # fmt: skip
_DROPPED = {
    "cache-from": "the images that it names held the layers of the old builds",
    "cache-to": "the cache would hold other layers than before",
    "push": "pushing is not part of building; push the image afterwards",
    "output": "the image is wanted in the engine",
    "metadata-file": "nothing in the build reads it",
    "builder": "the builder instance is the user's choice",
}


@dataclass
class CommandWriter:
    """Writes the commands for one emitted file."""

    symbols: Symbols
    arguments: Arguments
    context: NewContext
    path: str
    units: Sequence[Unit]
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def write(self, target: Wanted, stage: str, *, is_last: bool) -> str:
        """The command for one target; `is_last` says that its stage ends the file, so that it needs no `--target`."""
        words = self._program(target.unit)
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

    def _program(self, unit: Unit) -> list[str]:
        kept = dict(unit.built.flags)
        program = kept.get("program") or "docker"
        prefix = [f"{name}={value}" for name, value in unit.built.flags if name.startswith("DOCKER_BUILDKIT")]
        return [*prefix, *program.split(" "), "build"]

    def _flags(self, unit: Unit) -> list[str]:
        found: list[str] = []
        for name, value in self._merged(unit):
            if value is None or value == "true":
                found.append(f"--{name}")
            elif value != "false":
                found += [f"--{name}", self._value(value)] if value else [f"--{name}"]
        return found

    def _merged(self, unit: Unit) -> list[tuple[str, str | None]]:
        merged: list[tuple[str, str | None]] = []
        platforms: set[str] = set()
        for other in self.units:
            for name, value in other.built.flags:
                if name == "platform":
                    platforms.add(value or "")
                if name in _DROPPED:
                    diagnostic = rules.FLAG_DROPPED.at(other.built.span, flag=name, reason=_DROPPED[name])
                    if diagnostic not in self.diagnostics:
                        self.diagnostics.append(diagnostic)
                wanted = name in _SHARED or name == "platform" or (name in _OWN and other is unit)
                if wanted and (name, value) not in merged:
                    merged.append((name, value))
        if platforms and (len(platforms) > 1 or not all("platform" in dict(u.built.flags) for u in self.units)):
            shown = ", ".join(sorted(platforms)) or "none"
            self.diagnostics.append(rules.SECOND_PLATFORM.at(unit.built.span, platforms=shown))
        return merged

    def unknown(self, target: Wanted) -> str | None:
        """The first value in the command that nothing can yield, as a character."""
        texts = [
            *target.tags,
            *target.unit.built.labels,
            target.unit.built.output.folder if target.unit.built.output is not None else "",
            *(value for _, value in self.arguments.passed.items() if value),
        ]
        texts += [value or "" for name, value in self._merged(target.unit)]
        for text in texts:
            for character in text:
                if is_symbol(character) and (
                    self.symbols[character].shell is None or self.symbols[character].kind is SymbolKind.WORDS
                ):
                    return character
        return None


__all__ = ["CommandWriter", "inside_quotes"]
