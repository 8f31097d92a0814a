"""What an image runs: ENTRYPOINT and CMD in both forms, as commands whose words are known as far as they are."""

from __future__ import annotations

import json
import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.rules import split as rules
from migrator.source import Derived, Piece
from migrator.split.bases import is_for_work, server_of
from migrator.split.statements import Statement, shell_source, shell_statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.diagnostics import Diagnostic
    from migrator.dockerfile.syntax import Instruction
    from migrator.source import Span
    from migrator.split.fat import Fat

SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh"})
# Programs that are there to be worked with: an image that starts one is a toolchain.
_TOOLS = frozenset(
    "gcc g++ cc c++ clang clang++ make cmake ninja go cargo rustc rustup mvn gradle javac ant dotnet-sdk tsc git "
    "jshell ghc stack cabal ghci".split()
)
# What compiles when it is started: the words that it begins with, and what would build instead.
_STARTS = (
    (("go", "run"), "go build -o /app/program ."),
    (("go", "test"), "go test ./..."),
    (("cargo", "run"), "cargo build --release"),
    (("mvn", "spring-boot:run"), "mvn package"),
    (("mvnw", "spring-boot:run"), "./mvnw package"),
    (("mvn", "exec:java"), "mvn package"),
    (("mvn", "jetty:run"), "mvn package"),
    (("gradle", "bootRun"), "gradle bootJar"),
    (("gradlew", "bootRun"), "./gradlew bootJar"),
    (("gradle", "run"), "gradle installDist"),
    (("gradlew", "run"), "./gradlew installDist"),
    (("dotnet", "run"), "dotnet publish -o /app"),
    (("dotnet", "watch"), "dotnet publish -o /app"),
    (("ng", "serve"), "npx ng build"),
    (("webpack", "serve"), "npx webpack"),
    (("webpack-dev-server",), "npx webpack"),
    (("vite",), "npx vite build"),
    (("react-scripts", "start"), "npx react-scripts build"),
    (("vue-cli-service", "serve"), "npx vue-cli-service build"),
    (("next", "dev"), "npx next build"),
    (("nodemon",), "npm run build"),
    (("ts-node",), "npx tsc"),
    (("ts-node-dev",), "npx tsc"),
    (("tsx",), "npx tsc"),
    (("air",), "go build -o /app/program ."),
    (("CompileDaemon",), "go build -o /app/program ."),
)
_RUNNERS = frozenset({"npx", "bunx", "exec", "tini", "dumb-init", "env", "time", "nohup", "--", "-g"})


@dataclass(frozen=True)
class Runs:
    """What an image runs: each command in order, whether a shell reads it, and the instructions that say so."""

    commands: tuple[Statement, ...]
    by_shell: bool
    span: Span

    @property
    def text(self) -> str:
        """The instruction that says it, as it is written."""
        return " ".join(self.span.text.split())


def runs(fat: Fat) -> Runs | Diagnostic:
    """What the image runs, or why that is not known or nothing to split."""
    entry, command = fat.last("ENTRYPOINT"), fat.last("CMD")
    if entry is not None and command is not None and _index(fat, command) < _index(fat, entry) and not entry.json:
        command = None
    server = server_of(fat.base)
    if entry is None and command is None and server is not None:
        span = fat.stage.origin.span
        return Runs((Statement(span, server[0], fat.workdir, dict(fat.scope.end.env)),), by_shell=False, span=span)
    if entry is None and command is None and not is_for_work(fat.base):
        why = f"neither CMD nor ENTRYPOINT says it, so it is up to {fat.base}, whose own command is not read"
        return rules.COMMAND_UNKNOWN.at(fat.stage.origin.span, why=why)
    if entry is None and command is None:
        return rules.TOOLCHAIN.at(
            fat.stage.origin.span, what=f"no CMD and no ENTRYPOINT, so it runs what {fat.base} does"
        )
    found = _read(fat, entry, command)
    refusal = next((one for one in (_toolchain(fat, found), _compiles(fat, found)) if one is not None), None)
    if refusal is not None:
        return refusal
    if not any(one.words and one.words[0] for one in found.commands):
        return rules.COMMAND_UNKNOWN.at(found.span, why="its words depend on what is known only when it runs")
    return found


def _index(fat: Fat, instruction: Instruction) -> int:
    return next(n for n, one in enumerate(fat.instructions) if one is instruction)


def _read(fat: Fat, entry: Instruction | None, command: Instruction | None) -> Runs:
    env = dict(fat.scope.end.env)
    if entry is not None and not entry.json:
        return _shell_form(fat, entry, env)
    if entry is None and command is not None and not command.json:
        return _shell_form(fat, command, env)
    first = entry or command
    words = [
        argument.text for part in (entry, command) if part is not None and part.json for argument in part.arguments
    ]
    if entry is not None and command is not None and not command.json:
        # The shell form of CMD behind an ENTRYPOINT is handed to it as arguments.
        words += ["/bin/sh", "-c", command.value]
    span = first.span if first is not None else fat.stage.origin.span
    program = posixpath.basename(words[0]) if words else ""
    if program in SHELLS and len(words) > 2 and re.fullmatch(r"-\w*c", words[1]):
        text = Derived(fat.path, words[2], (), (Piece(0, span, exact=False),))
        return Runs(shell_statements(text, fat.workdir, env), by_shell=True, span=span)
    return Runs((Statement(span, tuple(words), fat.workdir, env),), by_shell=False, span=span)


def _shell_form(fat: Fat, instruction: Instruction, env: dict[str, str]) -> Runs:
    if not instruction.arguments:
        return Runs((Statement(instruction.span, (), fat.workdir),), by_shell=True, span=instruction.span)
    text = shell_source(fat.dockerfile, instruction.arguments[0].span)
    return Runs(shell_statements(text, fat.workdir, {**env}), by_shell=True, span=instruction.span)


def started(statement: Statement) -> tuple[str | None, ...]:
    """The words of a command without what only starts it: `exec`, `tini --`, `npx` and the like."""
    words = statement.words
    while words and posixpath.basename(words[0] or "") in _RUNNERS and len(words) > 1:
        words = words[1:]
    return words


def _toolchain(fat: Fat, found: Runs) -> Diagnostic | None:
    named = [one for one in found.commands if one.words]
    if len(named) != len(found.commands) or not named:
        return None
    last = started(named[-1])
    program = posixpath.basename(last[0] or "")
    if program in SHELLS and not [word for word in last[1:] if word is None or not word.startswith("-")]:
        return rules.TOOLCHAIN.at(found.span, what=f"the image starts a shell ({program})")
    if program in _TOOLS and not _start(last) and not _is_goal(last):
        return rules.TOOLCHAIN.at(found.span, what=f"the image starts a build tool ({program})")
    del fat
    return None


def _is_goal(words: tuple[str | None, ...]) -> bool:
    """Whether make is told a goal of the Makefile: that runs something, and may build it first."""
    return posixpath.basename(words[0] or "") == "make" and any(word and not word.startswith("-") for word in words[1:])


def _start(words: tuple[str | None, ...]) -> str | None:
    """What would build, for a command that compiles when it is started; None for any other."""
    plain = [posixpath.basename(words[0] or ""), *(word or "" for word in words[1:] if word is None or word[:1] != "-")]
    return next((build for begin, build in _STARTS if tuple(plain[: len(begin)]) == begin), None)


def _compiles(fat: Fat, found: Runs) -> Diagnostic | None:
    for one in found.commands:
        words = started(one)
        if not words:
            continue
        if _is_goal(words):
            return rules.COMPILES_AT_START.at(found.span, command=one.text or "make", build="make")
        script = _npm_script(fat, words, one.folder)
        build = _start(words) or (script and _of_script(script))
        if build:
            shown = " ".join(word or "…" for word in words) + (f" ({script})" if script else "")
            return rules.COMPILES_AT_START.at(found.span, command=shown, build=build)
    return None


def _of_script(script: str) -> str | None:
    """As `_start`, for a script of package.json; each command of it counts."""
    for part in re.split(r"&&|\|\||;|\|", script):
        words = [word for word in part.split() if "=" not in word or word.startswith("-")]
        while words and words[0] in _RUNNERS | {"cross-env", "env-cmd"}:
            words.pop(0)
        if words and (build := _start(tuple(words)) or ("npx tsc" if words[0] in {"tsc", "webpack"} else None)):
            return build
    return None


def _npm_script(fat: Fat, words: tuple[str | None, ...], folder: str) -> str | None:
    """The script of package.json that npm, yarn or pnpm is told to run."""
    plain = [word for word in words if word and not word.startswith("-")]
    if len(plain) < 2 or posixpath.basename(plain[0]) not in {"npm", "yarn", "pnpm"}:
        return None
    name = plain[2] if plain[1] in {"run", "run-script"} and len(plain) > 2 else plain[1]
    source = fat.landed.get(posixpath.join(folder, "package.json"))
    try:
        scripts = json.loads(fat.project.text(source) or "{}").get("scripts") if source else None
    except ValueError:
        return None
    found = scripts.get(name) if isinstance(scripts, dict) else None
    return found if isinstance(found, str) else None


def class_files(statement: Statement) -> Iterator[str]:
    """Where `java` looks for the class that it is told to start, and the folders of its class path."""
    words = started(statement)
    if not words or posixpath.basename(words[0] or "") != "java" or "-jar" in words:
        return
    rest = list(words[1:])
    paths = statement.variables.get("CLASSPATH") or "."
    while rest and rest[0] is not None and rest[0].startswith("-"):
        word = rest.pop(0)
        if word in {"-cp", "-classpath", "--class-path"} and rest:
            paths = rest.pop(0) or ""
        elif (
            word in {"-p", "--module-path", "--add-modules", "-m", "--module", "--add-opens", "--add-exports"} and rest
        ):
            rest.pop(0)
    name = rest[0] if rest else None
    for folder in paths.split(":"):
        place = statement.path(folder) if folder else None
        if place is not None and name:
            yield posixpath.join(place, name.replace(".", "/") + ".class")
