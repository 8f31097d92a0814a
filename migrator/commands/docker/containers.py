"""Containers: create, run, start, exec, stop, rm, ps. What a container's process does becomes a step of its image."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from migrator.commands.base import file_text
from migrator.commands.docker import naming
from migrator.commands.docker.contents import process_of
from migrator.commands.docker.inputs import with_input
from migrator.commands.docker.mounts import caches_of, mounts_of, spread_mounts, with_mounts
from migrator.commands.docker.streams import printed, words_of
from migrator.commands.files import may_be_there
from migrator.rules import plan as plan_rules
from migrator.rules import script as rules
from migrator.trace.images import Container, RunStep, extend
from migrator.trace.state import FAILURE, SUCCESS, Status
from migrator.trace.streams import NOTHING, Opaque, Text
from migrator.trace.symbols import SymbolKind, is_symbol

if TYPE_CHECKING:
    from migrator.commands.base import Invocation
    from migrator.dockercli.parse import Call
    from migrator.trace.images import Image

_INERT = frozenset(
    (
        "true : sleep tail sh bash ash dash zsh echo printf ls pwd date env id whoami uname hostname cat "
        "which wc du df ps stat file test [ find grep head md5sum sha256sum sha1sum exit false cmd tree"
    ).split()
)
# What a process can only have with the machine's help, and a RUN cannot.
_BEYOND = (
    "volumes-from", "privileged", "device", "gpus", "pid", "ipc", "cap-add", "cgroup-parent", "runtime", "userns",
    "uts",
)  # fmt: skip
_READS_PARAMETERS = re.compile(r"\$\{?[0-9@*#]")
_SHELLS = ("sh", "bash", "ash", "dash", "zsh")
_CALLER = re.compile(r"\$\(id -[ug]n?(| .*)\)|\$\{?(UID|GID|EUID|USER|USERID|USER_ID|GROUP_ID|GROUPS)\b.*")


# --- what a command in a container does ------------------------------------------------------------------------------


def inert(step: RunStep) -> bool:
    """Whether a command changes nothing in the container's files."""
    words = words_of(step)
    if words is None:
        text = step.line or (step.words[-1] if step.words else "")
        return re.fullmatch(r"\s*(while|until) (true|:|\[.*\]) *; *do *sleep [\w.]+ *; *done\s*;?", text) is not None
    if not words:
        return True
    name = posixpath.basename(words[0])
    if words[-1] in ("--version", "--help", "-version"):
        return True
    if name in ("sh", "bash", "ash", "dash", "zsh"):
        return len(words) == 1 or set(words[1:]) <= {"-i", "-l", "--login"}
    return name in _INERT


def _step(call: Invocation, parsed: Call, image: Image, words: tuple[str, ...]) -> RunStep | None:
    """The command that a container of `image` runs; None where the image's own cannot be known."""
    process = process_of(image)
    entrypoint = parsed.value("entrypoint")
    if entrypoint is not None:
        full = ((entrypoint, *words) if entrypoint else words) or None
    else:
        command = words or (process.command or ())
        full = (*(process.entrypoint or ()), *command) or None
    if full is None:
        return None
    if (
        len(process.entrypoint or ()) == 3
        and (process.entrypoint or ())[:2] == ("/bin/sh", "-c")
        and entrypoint is None
    ):
        # The shell form of ENTRYPOINT gets the rest as parameters of its shell, which its text hardly ever reads.
        full = full if _READS_PARAMETERS.search((process.entrypoint or full)[2]) else process.entrypoint or full
    shell_form = len(full) == 3 and full[:2] == ("/bin/sh", "-c")
    line = full[2] if shell_form else None
    return RunStep(
        call.span,
        () if shell_form else full,
        line,
        _environment(call, parsed),
        parsed.value("workdir"),
        _user(call, parsed),
    )


def _user(call: Invocation, parsed: Call) -> str | None:
    """The user given for a command: "0" for root; empty for the caller's own id, which only root can stand for.

    A mounted checkout belongs to the caller, and what is copied into a stage to root.
    """
    given = parsed.value("user")
    if given is None or not given:
        return None
    symbols = list(call.shell.symbols.within(given))
    if symbols and all(_CALLER.fullmatch(symbol.shell or "") for symbol in symbols):
        call.shell.note(plan_rules.CALLER_DROPPED.at(call.span))
        return ""
    return "0" if given in ("root", "0", "0:0", "root:root") else given


def _environment(call: Invocation, parsed: Call) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for name in parsed.values("env-file"):
        text = file_text(call.shell, call.path(name))
        if text is None and may_be_there(call.shell, name):
            found.append(("ENV_FILE", call.unknown("what the --env-file holds")))
        for line in (text or "").splitlines():
            if line.strip() and not line.lstrip().startswith("#") and "=" in line:
                key, _, value = line.strip().partition("=")
                found.append((key, value))
    for item in parsed.values("env"):
        key, equals, value = item.partition("=")
        if not equals:
            value = call.state.variables.get(key, "") or call.output(key, f"${key}", empty=True)
        found.append((key, value))
    return tuple(found)


def _with_input(call: Invocation, parsed: Call, image: Image, step: RunStep) -> tuple[Image, RunStep | None]:
    """The container and the command, with what the script sends it; None for a command of which a COPY is all."""
    name = posixpath.basename(step.words[0]) if step.words else ""
    idle = name in _INERT and name not in ("cat", *_SHELLS)
    if not parsed.has("interactive") or call.channels.stdin.stream == NOTHING or (idle and inert(step)):
        return image, step
    return with_input(call, image, step)


def _refuse(call: Invocation, parsed: Call) -> bool:
    """Whether the container has what no build has; then everything that it does is unknown."""
    for name in _BEYOND:
        if parsed.has(name):
            call.shell.note(rules.RUN_BEYOND_BUILD.at(call.span, option=name))
            return True
    if any("docker.sock" in text for text in (*parsed.values("volume"), *parsed.values("mount"))):
        call.shell.note(rules.RUN_BEYOND_BUILD.at(call.span, option="volume docker.sock"))
        return True
    network = parsed.value("network") or parsed.value("net")
    if network == "host" or (network or "").startswith("container:") or parsed.has("link"):
        call.shell.note(rules.RUN_BEYOND_BUILD.at(call.span, option="network"))
        return True
    return False


def _perform(call: Invocation, made: Container, step: RunStep | None) -> Container:
    """The container after a command in it; what it mounts follows."""
    if step is None or inert(step):
        return made
    image = extend(made.image, step)
    mounts = [(source, target, mode == "ro") for source, target, mode in made.mounts]
    spread_mounts(call, image, mounts)
    return replace(made, image=image)


# --- create, run, start, exec ----------------------------------------------------------------------------------------


def _make(call: Invocation, parsed: Call) -> tuple[Container, RunStep | None] | None:
    if not parsed.operands:
        call.shell.note(rules.DOCKER_UNKNOWN.at(call.span, reason="no image is named"))
        return None
    image = naming.image(call, parsed.operands[0])
    step = _step(call, parsed, image, parsed.operands[1:])
    if step is not None and parsed.verb == "run":
        image, step = _with_input(call, parsed, image, step)
    step = replace(step, caches=caches_of(call, parsed)) if step is not None else None
    mounts = mounts_of(call, parsed, busy=step is not None and not inert(step))
    if mounts or (step is not None and not inert(step)):  # docker cp sees what is mounted, whether anything runs or not
        image = with_mounts(call, image, mounts)
    kept = tuple((source, target, "ro" if readonly else "rw") for source, target, readonly in mounts)
    made = Container(
        naming.new_id(call, SymbolKind.CONTAINER), image, parsed.value("name"), call.span, pending=step,
        environment=_environment(call, parsed), folder=parsed.value("workdir"), user=step.user if step else None,
        mounts=kept,
    )  # fmt: skip
    naming.write_id(call, parsed.value("cidfile"), made.identity)
    return made, step


def create(call: Invocation, parsed: Call, _: tuple[str, ...]) -> Status:
    """`docker create`."""
    made = _make(call, parsed)
    if made is None:
        return FAILURE
    naming.keep(call, made[0])
    call.channels.say(made[0].identity + "\n")
    return SUCCESS


def run(call: Invocation, parsed: Call, _: tuple[str, ...]) -> Status:
    """`docker run`: its process has run when it returns, unless it is detached."""
    made = _make(call, parsed)
    if made is None:
        return FAILURE
    container, step = made
    naming.keep(call, container)
    if step is not None and not inert(step) and _refuse(call, parsed):
        call.state.workspace = call.state.workspace.tainted(call.span)
        work = RunStep(call.span, words=("unknown",), beyond="the container has what no build has")
        naming.keep(call, replace(container, image=extend(container.image, work)))
        return Status(None, None, call.span)
    if parsed.has("detach"):
        naming.keep(call, replace(container, running=True))
        call.channels.say(container.identity + "\n")
        return SUCCESS
    if step is not None:
        _print(call, parsed, container, step)
    naming.keep(call, replace(_perform(call, container, step), pending=None, ran=step))
    return SUCCESS


def _print(call: Invocation, parsed: Call, container: Container, step: RunStep) -> None:
    if parsed.has("tty"):
        call.channels.out.append(Opaque(call.span, "a terminal (-t) turns line ends into CR LF, which spoils a file"))
        return
    call.channels.out.append(printed(container.image, step, call.span))


def start(call: Invocation, parsed: Call, _: tuple[str, ...]) -> Status:
    """`docker start [-a]`: a created container's process runs."""
    for name in parsed.operands:
        found = naming.container(call, name)
        if found is None:
            return _no_such(call, parsed)
        if found.pending is None and found.ran is not None and not found.running:
            found = replace(found, pending=found.ran)  # its process runs once more
        if parsed.has("interactive") and found.pending is not None and call.channels.stdin.stream != NOTHING:
            image, step = _with_input(call, parsed, found.image, found.pending)
            found = replace(found, image=image, pending=step)
        if (parsed.has("attach") or parsed.has("interactive")) and found.pending is not None:
            call.channels.out.append(printed(found.image, found.pending, call.span))
            naming.keep(call, replace(_perform(call, found, found.pending), pending=None, ran=found.pending))
        else:
            naming.keep(call, replace(found, running=True))
            call.channels.say(name + "\n")
    return SUCCESS


def wait(call: Invocation, parsed: Call, _: tuple[str, ...]) -> Status:
    """`docker wait`, `docker logs -f`: from here on a detached process has done its work."""
    if parsed.verb == "logs" and not parsed.has("follow"):
        call.channels.out.append(Opaque(call.span, "the log of a container"))
        return SUCCESS
    for name in parsed.operands:
        found = naming.container(call, name)
        if found is not None and found.running and found.pending is not None:
            done = replace(_perform(call, found, found.pending), pending=None, ran=found.pending, running=False)
            naming.keep(call, done)
    call.channels.say("0\n" if parsed.verb == "wait" else "")
    return SUCCESS


def execute(call: Invocation, parsed: Call, _: tuple[str, ...]) -> Status:
    """`docker exec`: one more command in a running container."""
    found = naming.container(call, parsed.operands[0]) if parsed.operands else None
    if found is None:
        return _no_such(call, parsed)
    words = parsed.operands[1:]
    shell_form = len(words) == 3 and words[0] in ("sh", "/bin/sh") and words[1] == "-c"
    step = RunStep(
        call.span, () if shell_form else words, words[2] if shell_form else None,
        (*found.environment, *_environment(call, parsed)), parsed.value("workdir") or found.folder,
        _user(call, parsed) if parsed.value("user") else found.user,
    )  # fmt: skip
    image, sent = _with_input(call, parsed, found.image, step)
    found = replace(found, image=image)
    if sent is None:
        naming.keep(call, found)
        return SUCCESS
    step = sent
    if parsed.has("tty"):
        call.channels.out.append(Opaque(call.span, "a terminal (-t) turns line ends into CR LF, which spoils a file"))
    else:
        call.channels.out.append(printed(found.image, step, call.span))
    if parsed.has("detach") and not inert(step):
        call.shell.note(rules.DOCKER_UNKNOWN.at(call.span, reason="when a detached command ends is not known"))
        call.state.workspace = call.state.workspace.tainted(call.span)
        return SUCCESS
    naming.keep(call, _perform(call, found, step))
    return SUCCESS


def settle(call: Invocation, found: Container) -> None:
    """Says what is assumed when something is taken from a container whose process may still be at work."""
    if found.pending is None or not found.running or inert(found.pending):
        return
    call.shell.note(rules.DETACHED_ASSUMED.at(call.span))


# --- the rest --------------------------------------------------------------------------------------------------------


def _no_such(call: Invocation, parsed: Call) -> Status:
    """A container that the script did not make: in a clean engine there is none."""
    unknown = any(
        call.shell.symbols[c].kind is SymbolKind.UNKNOWN for word in parsed.operands for c in word if is_symbol(c)
    )
    return Status(None, None, call.span) if unknown else FAILURE


def remove(call: Invocation, parsed: Call, _: tuple[str, ...]) -> Status:
    """`docker rm`: one that is not there may be left from an earlier run, so this never ends the script."""
    status = SUCCESS
    for name in parsed.operands:
        found = naming.container(call, name)
        if found is None:
            status = Status(None, None, call.span)
            continue
        call.state.containers.pop(found.identity, None)
        call.channels.say(name + "\n")
    return status


def stop(call: Invocation, parsed: Call, _: tuple[str, ...]) -> Status:
    """`docker stop`, `docker kill`."""
    status = SUCCESS
    for name in parsed.operands:
        found = naming.container(call, name)
        if found is None:
            status = Status(None, None, call.span)
            continue
        naming.keep(call, replace(found, running=False))
        call.channels.say(name + "\n")
    return status


def listing(call: Invocation, parsed: Call, _: tuple[str, ...]) -> Status:
    """`docker ps`: with `-q`, the ids that this run made; else the table. The engine counts as clean."""
    found = list(call.state.containers.values())
    for item in parsed.values("filter"):
        key, value = item.partition("=")[::2]
        if key == "name":
            found = [one for one in found if one.name and value.strip("^$/") in one.name]
        elif key == "ancestor":
            wanted = naming.known_image(call, value)
            found = [one for one in found if wanted is not None and one.image is wanted]
    if parsed.has("latest") or parsed.value("last") == "1":
        found = found[-1:]
    elif not parsed.has("all"):
        found = [one for one in found if one.running]
    if parsed.has("quiet"):
        call.channels.say("".join(one.identity + "\n" for one in reversed(found)))
        return SUCCESS
    rows = [{"ID": one.identity, "Names": one.name or call.unknown("name")} for one in found]
    text = naming.table(rows, parsed, ("ID", "Names"), "CONTAINER ID IMAGE COMMAND CREATED STATUS PORTS NAMES")
    call.channels.out.append(Text(text) if text is not None else Opaque(call.span, "the list of containers"))
    return SUCCESS


def volume(call: Invocation, parsed: Call, _: tuple[str, ...]) -> Status:
    """`docker volume create`."""
    call.channels.say((parsed.operands[0] if parsed.operands else call.unknown("volume")) + "\n")
    return SUCCESS
