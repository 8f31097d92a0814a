"""Commands that run another one: sudo, env, time, exec, command, nice, xargs, sh -c, scripts of the repository."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from migrator.commands.base import Invocation, text_of
from migrator.commands.control import LETTERS, Exit
from migrator.commands.machine import find_program
from migrator.commands.numbers import natural
from migrator.commands.programs import note_builders, script_text
from migrator.commands.text import in_any_order
from migrator.rules import script as rules
from migrator.trace.effects import Unmodelled
from migrator.trace.state import SUCCESS, Channels, Input, Process, Status
from migrator.trace.streams import NOTHING, Opaque, Text
from migrator.trace.symbols import is_known

if TYPE_CHECKING:
    from migrator.commands.base import Command

_VALUES = {
    "sudo": ("-u", "-g", "-C", "-p", "-h", "-U", "-r", "-t"), "nice": ("-n",),
    "ionice": ("-c", "-n"), "timeout": ("-k", "-s"), "stdbuf": ("-o", "-e", "-i"), "exec": ("-a",), "unbuffer": (),
}  # fmt: skip


def prefixed(call: Invocation) -> Status:
    """Runs the command behind a prefix such as `sudo` or `env X=1`."""
    words = list(call.arguments)
    takes = _VALUES.get(call.name, ())
    while words and words[0].startswith("-") and words[0] != "-":
        flag = words.pop(0)
        if flag == "--":
            break
        if flag in takes and words:
            words.pop(0)
    if call.name == "timeout" and words:
        words.pop(0)
    assigned: dict[str, str] = {}
    while words and call.name in ("env", "sudo") and re.match(r"[A-Za-z_]\w*=", words[0]):
        name, _, value = words.pop(0).partition("=")
        assigned[name] = value
    if not words:
        return SUCCESS
    saved = {name: call.state.variables.get(name) for name in assigned}
    before = set(call.state.exported)
    call.state.variables.update(assigned)
    call.state.exported.update(assigned)
    status = call.shell.call(words, call.channels, call.span)
    for name, old in saved.items():
        if old is None:
            call.state.variables.pop(name, None)
        else:
            call.state.variables[name] = old
    call.state.exported.intersection_update(before)
    if call.name == "exec":
        raise Exit(status)
    return status


_ENV = re.compile(r"-u(?P<short>\w+)|--unset=(?P<long>\w+)|-C(?P<folder>.+)|--chdir=(?P<chdir>.+)")


def env(call: Invocation) -> Status:
    """`env [-i] [-u NAME] [-C FOLDER] [NAME=VALUE…] command`; with another option it is not followed."""
    words = list(call.arguments)
    gone: list[str] = []
    folder = ""
    while words and words[0].startswith("-") and words[0] != "--":
        flag = words.pop(0)
        if flag in ("-u", "--unset", "-C", "--chdir") and words:
            flag = f"{flag[:2]}{words.pop(0)}" if flag in ("-u", "-C") else f"{flag}={words.pop(0)}"
        if flag in ("-i", "--ignore-environment"):
            gone += sorted(call.state.exported - {"PATH"})
            continue
        found = _ENV.fullmatch(flag)
        if found is None:
            return unknown(call)
        if found["short"] or found["long"]:
            gone.append(found["short"] or found["long"])
        folder = found["folder"] or found["chdir"] or folder
    plain = replace(call, words=("env", *words))
    if not gone and not folder:
        return prefixed(plain)
    outer = call.state
    inner = call.shell.state = outer.clone()
    for name in gone:
        inner.variables.pop(name, None)
        inner.exported.discard(name)
        inner.unset.add(name)
    try:
        moved = call.shell.call(("cd", folder), Channels(), call.span) if folder else SUCCESS
        return prefixed(plain) if moved.code in (0, None) else moved
    finally:
        call.shell.state = call.shell.back_from_process(outer)


def command(call: Invocation) -> Status:
    """`command [-v] name words`, `builtin name`."""
    if call.arguments[:1] and call.arguments[0] in ("-v", "-V"):
        return find_program(replace(call, words=call.words[1:]))
    words = [word for word in call.arguments if word not in ("-p", "--")]
    if not words:
        return SUCCESS
    functions = call.state.functions
    hidden = functions.pop(words[0], None)
    try:
        return call.shell.call(words, call.channels, call.span)
    finally:
        if hidden is not None:
            call.state.functions[words[0]] = hidden


def pass_words(call: Invocation) -> Status:
    """`xargs [-n count] command`: the words of a known text behind the command."""
    given = _of_xargs(list(call.arguments))
    if given is None:
        return unknown(call)
    stream = call.channels.stdin.stream
    text = text_of(call.shell, stream)
    inner = Channels(Input(NOTHING), call.channels.out)
    if isinstance(stream, Text) and stream.loose:
        with in_any_order(call, 2):
            ordered = Channels(Input(Text(stream.text)), call.channels.out)
            return pass_words(replace(call, channels=ordered))
    words = given.words or ("echo",)
    found = None if text is None else given.items(text)
    if found is None:
        because = stream.because if isinstance(stream, Opaque) else call.span
        return call.shell.call([*words, call.shell.symbols.unknown(because)], inner, call.span)
    status = SUCCESS
    if given.replaced:
        for line in found:
            status = call.shell.call([word.replace(given.replaced, line) for word in words], inner, call.span)
        return status
    if not found and given.unless_empty:
        return SUCCESS
    for start in range(0, len(found) or 1, given.size or len(found) or 1):
        part = found[start : start + (given.size or len(found))]
        status = call.shell.call([*words, *part], inner, call.span)
    return status


@dataclass(frozen=True)
class _Xargs:
    """What xargs(1) is told: how its input is cut into items, and how many go to each command."""

    words: tuple[str, ...]
    size: int = 0
    replaced: str | None = None
    mark: str | None = None
    unless_empty: bool = False

    def items(self, text: str) -> list[str] | None:
        """The items of a text; None where quotes in it do not match."""
        if self.mark is not None:
            return text.removesuffix(self.mark).split(self.mark) if text else []
        if self.replaced:
            return [line.lstrip() for line in text.splitlines() if line.strip()] if not _QUOTES & {*text} else None
        if not _QUOTES & {*text}:
            return text.split()
        try:
            return shlex.split(text)
        except ValueError:
            return None


_QUOTES = frozenset("'\"\\")
_MARKS = {"\\n": "\n", "\\0": "\0", "\\t": "\t"}


def _of_xargs(words: list[str]) -> _Xargs | None:
    """The options of an xargs; None where one changes what is run in another way."""
    found = _Xargs(())
    while words and words[0].startswith("-"):
        word = words.pop(0)
        name, value = (word, "") if word.startswith("--") else (word[:2], word[2:])
        if name in ("-n", "-I", "-P", "-d"):
            value = value or (words.pop(0) if words else "")
        elif value and name in ("-0", "-r", "-t"):
            words.insert(0, f"-{value}")
        if name == "-n" and natural(value):
            found = replace(found, size=natural(value) or 0)
        elif name == "-I":
            found = replace(found, replaced=value)
        elif name == "-d" and len(_MARKS.get(value, value)) == 1:
            found = replace(found, mark=_MARKS.get(value, value))
        elif name in ("-0", "--null"):
            found = replace(found, mark="\0")
        elif name in ("-r", "--no-run-if-empty"):
            found = replace(found, unless_empty=True)
        elif name not in ("-P", "-t", "--verbose", "--no-run-if-empty"):
            return None
    return replace(found, words=tuple(words))


def shell(call: Invocation) -> Status:
    """`bash script`, `sh -c text`."""
    letters, options, words = _options_of_shell(list(call.arguments))
    if "c" in letters and words:
        if not is_known(words[0]):
            return unknown(call)
        given = Process(words[1] if len(words) > 1 else call.name, tuple(words[2:]), options)
        return call.shell.process("sh -c", words[0], given, call.channels, call.span)
    if words and "s" not in letters:
        return _script(replace(call, words=tuple(words)), options)
    text = text_of(call.shell, call.channels.stdin.stream)
    if text is not None:
        given = Process(call.name, tuple(words), options)
        return call.shell.process("standard input", text, given, call.channels, call.span) if text else SUCCESS
    return unknown(call)


def _options_of_shell(words: list[str]) -> tuple[str, frozenset[str], list[str]]:
    """The letters given to a shell, the options that they and `-o NAME` switch on, and the words behind them."""
    letters, options = "", set[str]()
    while words and words[0][:1] in ("-", "+") and len(words[0]) > 1:
        flag = words.pop(0)
        if flag == "--":
            break
        if flag.startswith("--"):
            continue
        for letter in flag[1:]:
            name = words.pop(0) if letter in "oO" and words else LETTERS.get(letter, "")
            (options.add if flag[0] == "-" else options.discard)(name)
        letters += flag[1:]
    return letters, frozenset(options - {""}), words


def script_file(call: Invocation) -> Status:
    """A script of the repository, run as a command: its first line may give options to its shell."""
    return _script(call, None)


def _script(call: Invocation, options: frozenset[str] | None) -> Status:
    path = call.path(call.words[0])
    text = script_text(call.shell, path, call.span)
    first = (text or "").partition("\n")[0]
    if text is None or (first.startswith("#!") and not re.search(r"\b(ba|da|k|z)?sh\b", first)):
        return unknown(call)
    if options is None:
        options = _options_of_shell(first.split()[1:])[1] if first.startswith("#!") else frozenset()
    own = path.removeprefix(f"{call.shell.root}/")
    return call.shell.process(own, text, Process(own, call.arguments, options), call.channels, call.span)


_TOOLS = frozenset("""
    node npm npx yarn pnpm java javac mvn gradle sbt python python2 python3 pip pip3 ruby bundle gem php composer cargo
    rustc go make cmake gcc g++ cc clang dotnet msbuild docker-compose bash zsh git-lfs
""".split())  # fmt: skip


def is_question(words: tuple[str, ...]) -> bool:
    """Whether a well-known tool is only asked which version it is, or how it is used."""
    return len(words) == 1 and words[0] in ("--version", "-version", "-v", "-V", "version", "--help")


def unknown(call: Invocation) -> Status:
    """A command that is not modelled: it may have changed any file, and its output is not known."""
    if call.name in _TOOLS and is_question(call.arguments):
        call.channels.out.append(Opaque(call.span, f"what {call.name} prints"))
        return Status(None, None, call.span)
    call.state.effects.append(Unmodelled(call.span, call.words))
    note_builders(call)
    call.shell.note(
        rules.UNMODELLED_COMMAND.at(call.span, command=call.name if is_known(call.name) else "this command")
    )
    call.state.workspace = call.state.workspace.tainted(call.span)
    call.channels.out.append(Opaque(call.span, f"what {call.name} prints"))
    return Status(None, None, call.span)


COMMANDS: dict[str, Command] = {
    **dict.fromkeys(
        "sudo time nice ionice nohup timeout stdbuf exec unbuffer setsid doas chronic winpty".split(),
        prefixed,
    ),
    "env": env, "command": command, "builtin": command, "xargs": pass_words, "bash": shell, "sh": shell, "dash": shell,
    "zsh": shell, "ksh": shell, "ash": shell,
}  # fmt: skip
