"""Smoke: both images are run without a network, with one command, and must end and print alike."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.rules import verification as rules
from migrator.verify.formats.parts import shown
from migrator.verify.verdict import Difference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.engine.base import Engine
    from migrator.verify.pairs import Pair

SECONDS = 10.0
STILL_RUNNING = f"still running after {SECONDS:g} seconds"


@dataclass(frozen=True)
class Ended:
    """How a run of an image ended, and all that it printed."""

    exit: str
    output: bytes


def smoke(engine: Engine, pair: Pair, command: str, prefix: str) -> Iterator[Difference]:
    """What running both images shows; an empty command is the image's own.

    Where they differ the legacy image is run once more: what it does not repeat itself is set aside as such.
    """
    words = shlex.split(command)
    legacy, new = (run_once(engine, image, words, f"{prefix}smoke") for image in (pair.legacy, pair.new))
    if legacy == new:
        return
    again = run_once(engine, pair.legacy, words, f"{prefix}smoke")
    if legacy.exit != new.exit:
        yield _difference("smoke.exit", (legacy.exit, new.exit), pair, noise=again.exit != legacy.exit)
    if legacy.output != new.output:
        told = (_told(legacy.output, new.output), _told(new.output, legacy.output))
        yield _difference("smoke.output", told, pair, noise=again.output != legacy.output)


def run_once(engine: Engine, image: str, words: list[str], container: str) -> Ended:
    """How one run of an image ended: its own command for no words."""
    done = engine.run(image, words, container, SECONDS)
    return Ended(STILL_RUNNING if done.timed_out else f"exit code {done.code}", done.stdout)


def _told(output: bytes, other: bytes) -> str:
    """The first line that is not the same."""
    lines, others = output.splitlines(), other.splitlines()
    at = next((n for n, line in enumerate(lines) if others[n : n + 1] != [line]), len(lines))
    return f"line {at + 1}: {shown(lines[at])}" if at < len(lines) else f"{at} lines"


def _difference(aspect: str, told: tuple[str, str], pair: Pair, *, noise: bool) -> Difference:
    code = rules.NONDETERMINISTIC.code if noise else rules.SMOKE.code
    return Difference(aspect, "", *told, code, set_aside=noise, image=pair.name)
