"""The one way in: a docker command line is read, recorded, and handed to its model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from migrator.commands.docker import build, containers, copying, images
from migrator.commands.docker.loose import with_ways
from migrator.dockercli.parse import parse
from migrator.rules import script as rules
from migrator.trace.effects import DockerCall, Given, Unmodelled
from migrator.trace.state import SUCCESS, Status
from migrator.trace.streams import Opaque
from migrator.trace.symbols import SymbolKind, is_symbol

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrator.commands.base import Invocation
    from migrator.dockercli.parse import Call

    Model = Callable[[Invocation, Call, tuple[str, ...]], Status]

# What asks or tidies up, and never changes an image or a file of the checkout.
_HARMLESS = frozenset(
    "login logout version info events search history top port stats diff rename update pause unpause attach".split()
) | frozenset(
    f"{group} {verb}"
    for group, verbs in {
        "network": "create rm ls inspect connect disconnect prune", "volume": "ls inspect prune rm",
        "system": "prune df info events", "builder": "prune du", "context": "create use ls rm",
        "buildx": "create use inspect ls rm version prune stop du", "manifest": "create push annotate inspect rm",
        "image": "prune", "container": "prune",
    }.items()
    for verb in verbs.split()
)  # fmt: skip

MODELS: dict[str, Model] = {
    "build": build.build, "create": containers.create, "run": containers.run, "start": containers.start,
    "exec": containers.execute, "cp": copying.copy, "commit": images.commit, "export": images.export,
    "import": images.import_, "save": images.save, "load": images.load, "tag": images.tag, "push": images.push,
    "pull": images.pull, "rm": containers.remove, "rmi": images.remove, "stop": containers.stop,
    "kill": containers.stop, "wait": containers.wait, "logs": containers.wait, "restart": containers.start,
    "inspect": images.inspect, "images": images.listing, "ps": containers.listing, "volume create": containers.volume,
}  # fmt: skip


def docker(call: Invocation) -> Status:
    """Runs any docker command line."""
    words, open_words = _without_open_arguments(call)
    parsed = parse(words)
    if parsed is None:
        return _not_understood(call, "it is not a docker command line")
    place, found = len(call.state.calls), call.state
    call.state.calls.append(DockerCall(call.span, call.words, call.state.cwd, parsed))
    before, stdin, count = found.workspace, call.channels.stdin.stream, found.counter
    umask = found.umask
    environment = {name: found.variables[name] for name in sorted(found.exported) if name in found.variables}
    try:
        return _modelled(call, parsed, words, open_words)
    finally:
        made = call.shell.symbols.ids(call.span, range(count + 1, call.state.counter + 1))
        given = Given(before, call.state.workspace, stdin, environment, made, umask)
        call.state.calls[place] = replace(call.state.calls[place], given=given)


def _modelled(call: Invocation, parsed: Call, words: tuple[str, ...], open_words: tuple[str, ...]) -> Status:
    words, chosen = with_ways(call, parsed, words)
    if chosen:
        parsed, open_words = parse(words) or parsed, (*open_words, *(chosen if parsed.verb == "build" else ()))
    loose = _loose_options(call, parsed)
    if loose:
        call.shell.note(rules.OPTIONS_ASSUMED.at(call.span, name=call.shell.symbols[loose[0]].name))
        words = tuple(word for word in words if word not in loose)
        parsed, open_words = parse(words) or parsed, (*open_words, *(loose if parsed.verb == "build" else ()))
    model = MODELS.get(parsed.verb)
    family = parsed.verb.split(" ")[0]
    if family == "scout" and any(word.partition("=")[0] in ("-o", "--output") for word in call.words):
        return _not_understood(call, "docker scout writes a file here")
    if model is None and (parsed.verb in _HARMLESS or family in ("scout", "trust", "swarm")):
        call.channels.out.append(Opaque(call.span, f"what docker {parsed.verb} prints"))
        return SUCCESS
    if model is None and parsed.verb == "":
        return SUCCESS
    if model is None:
        return _not_understood(call, f"docker {parsed.verb} is not modelled")
    if parsed.unknown or parsed.missing:
        option = (*parsed.unknown, *parsed.missing)[0]
        return _not_understood(call, f"the option {option} is not known")
    if open_words and parsed.verb not in ("build", "rm", "rmi", "stop", "push", "pull"):
        return _not_understood(call, "further arguments of the script reach it")
    return model(replace(call, words=words), parsed, open_words)


def _without_open_arguments(call: Invocation) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words, and those among them that stand for any number of words of the user's."""
    symbols = call.shell.symbols
    taken = tuple(
        word for word in call.words if len(word) == 1 and is_symbol(word) and symbols[word].kind is SymbolKind.WORDS
    )
    return tuple(word for word in call.words if word not in taken), taken


def _loose_options(call: Invocation, parsed: Call) -> tuple[str, ...]:
    """Words that are one variable of the environment each, and stand where only options can: unset, they are no words.

    That is one beside the context of `docker build`, and one in front of further options of `docker run`.
    """
    symbols = call.shell.symbols
    alone = [len(word) == 1 and is_symbol(word) and symbols[word].kind is SymbolKind.PARAMETER and symbols[word].empty
             for word in parsed.operands]  # fmt: skip
    if parsed.verb == "build" and alone.count(False) == 1:
        return tuple(word for word, is_alone in zip(parsed.operands, alone, strict=True) if is_alone)
    if parsed.verb in ("run", "create") and alone[:1] == [True]:
        following = parsed.operands[1:2]
        return parsed.operands[:1] if following and following[0].startswith("-") else ()
    return ()


def _not_understood(call: Invocation, reason: str) -> Status:
    call.shell.note(rules.DOCKER_UNKNOWN.at(call.span, reason=reason))
    call.state.effects.append(Unmodelled(call.span, call.words))
    call.state.workspace = call.state.workspace.tainted(call.span)
    call.channels.out.append(Opaque(call.span, "what docker prints"))
    return Status(None, None, call.span)
