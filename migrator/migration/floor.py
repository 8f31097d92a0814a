"""The oldest Docker that builds the emitted file with its commands, and which lines ask for it.

The versions are those of the Dockerfile reference (which front end brought what) and of Docker's release notes (which
engine brings which front end): 1.0 with 18.09, 1.2 with 20.10, 1.4 with 23.0, 1.5 with 24.0, 1.6 with 25.0, 1.7 with
26.0, 1.9 with 27.1, 1.14 with 28.0, 1.20 with 29.1. A `# syntax=` line fetches the front end that it names, and any
Docker with BuildKit then does.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from migrator.dockerfile.parse import parse
from migrator.migration.result import Floor, Need
from migrator.migration.tracked import Line
from migrator.rules.legacy import FLOOR
from migrator.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrator.dockerfile.syntax import Dockerfile, Instruction
    from migrator.migration.result import Converted

# Multi-stage builds themselves; and the owner flag, which nearly every conversion has.
MULTI_STAGE = "17.05"
OWNER_FLAG = "17.09"
_BUILDKIT = "18.09"
_ENGINES = {
    "1.2": "20.10", "1.3": "23.0", "1.4": "23.0", "1.6": "25.0", "1.7": "26.0", "1.19": "29.1", "1.20": "29.1",
}  # fmt: skip
# The front end that brought a flag, by instruction and flag.
_FLAGS = {
    ("FROM", "platform"): "1.0", ("RUN", "mount"): "1.2", ("RUN", "network"): "1.3", ("RUN", "security"): "1.20",
    ("COPY", "chmod"): "1.2", ("ADD", "chmod"): "1.2", ("COPY", "link"): "1.4", ("ADD", "link"): "1.4",
    ("ADD", "keep-git-dir"): "1.4", ("ADD", "checksum"): "1.6", ("COPY", "exclude"): "1.19", ("ADD", "exclude"): "1.19",
    ("COPY", "parents"): "1.20",
}  # fmt: skip
_OPTIONS = {"secret": "18.09", "ssh": "18.09", "platform": "18.09", "build-context": "23.0"}
_EDGES = re.compile(r"\$\{\w+(#|%|/)")


def comment_of(floor: Floor) -> str | None:
    """One line for the file's head; None where nothing asks for more than any conversion does."""
    if _key(floor.docker) <= _key(OWNER_FLAG):
        return None
    found = dict.fromkeys(need.what for need in floor.needs if need.docker == floor.docker)
    builder = " with BuildKit" if floor.buildkit else ""
    return f"# Needs Docker {floor.docker} or later{builder}: {', '.join(found)}"


def floor_of(text: str, commands: Sequence[str]) -> Floor:
    """What a Dockerfile and the commands that build it need."""
    dockerfile = parse(Source("Dockerfile", text))
    fetched = any(directive.name == "syntax" for directive in dockerfile.directives)
    needs = [Need("a multi-stage build", dockerfile.stages[0].origin.span.line, MULTI_STAGE)]
    for instruction in dockerfile.instructions:
        for what, syntax in _asked(instruction):
            docker = OWNER_FLAG if syntax is None else _BUILDKIT if fetched else _ENGINES.get(syntax, _BUILDKIT)
            needs.append(Need(what, instruction.span.line, docker, syntax))
    needs += _syntax_line(dockerfile)
    needs += [need for command in commands for need in _of_command(command)]
    newest = max((need.docker for need in needs), key=_key)
    fronts = [need.syntax for need in needs if need.syntax is not None]
    return Floor(
        newest, _key(newest) >= _key(_BUILDKIT), max(fronts, key=_key) if fronts else None, tuple(dict.fromkeys(needs))
    )


def with_comment(lines: tuple[Line, ...], floor: Floor) -> tuple[Line, ...]:
    """The file's lines with the comment behind its directives, where there is one to make."""
    comment = comment_of(floor)
    if comment is None:
        return lines
    text = "\n".join(line.text for line in lines)
    at = max((one.span.line for one in parse(Source("Dockerfile", text)).directives), default=0)
    rest = lines[at:]
    gap = () if rest and not rest[0].text.strip() else (Line(""),)
    if rest and rest[0].text.upper().startswith("ARG"):
        gap = ()
    return (*lines[:at], Line(comment, rule=FLOOR.code), *gap, *rest)


def without_comment(result: Converted) -> Converted:
    """The conversion without that comment, every line number moved up accordingly."""
    ours = [line.number for line in result.lines if line.rule == FLOOR.code]
    if not ours:
        return result
    texts = result.dockerfile.split("\n")
    number = ours[0]
    behind = number == 1 and texts[number].strip() == ""
    gone = {number, number + 1} if behind else {number}
    text = "\n".join(one for index, one in enumerate(texts, 1) if index not in gone)

    def moved(line: int) -> int:
        return line - sum(1 for one in gone if one < line)

    kept = [replace(one, number=moved(one.number)) for one in result.lines if one.number not in gone]
    artifacts = [
        replace(one, consumers=tuple(replace(user, line=moved(user.line)) for user in one.consumers))
        for one in result.artifacts
    ]
    return replace(
        result,
        dockerfile=text,
        lines=tuple(kept),
        artifacts=tuple(artifacts),
        files=tuple(replace(one, content=text) if one.path == result.dockerfile_path else one for one in result.files),
        floor=floor_of(text, [target.command for target in result.targets]),
    )


def _syntax_line(dockerfile: Dockerfile) -> list[Need]:
    return [
        Need("a front end of its own", directive.span.line, _BUILDKIT)
        for directive in dockerfile.directives
        if directive.name == "syntax"
    ]


def _asked(instruction: Instruction) -> Iterator[tuple[str, str | None]]:
    """What an instruction uses, with the front end that brought it; None for what is older than any of them."""
    instruction = instruction.inner or instruction
    for flag in instruction.flags:
        if flag.name == "chown":
            yield f"{instruction.keyword} --chown", None
        elif (instruction.keyword, flag.name) in _FLAGS:
            yield f"{instruction.keyword} --{flag.name}", _FLAGS[instruction.keyword, flag.name]
    if instruction.documents:
        yield "here-documents", "1.4"
    if instruction.keyword not in ("RUN", "CMD", "ENTRYPOINT") and _EDGES.search(instruction.value):
        yield "${name#pattern}", "1.7"


def _of_command(command: str) -> Iterator[Need]:
    try:
        words = shlex.split(command)
    except ValueError:
        words = command.split()
    if "buildx" in words[:3]:
        yield Need("docker buildx", None, "19.03")
    for word in words:
        name = word.removeprefix("--").partition("=")[0]
        if word.startswith("--") and name in _OPTIONS:
            yield Need(f"docker build --{name}", None, _OPTIONS[name])


def _key(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
