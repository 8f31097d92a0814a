"""Removes from the engine what the process of a repository left there that was ended in the middle."""

from __future__ import annotations

import contextlib
import sys

from migrator.batch.task import task_of
from migrator.errors import EngineError


def main() -> None:
    """Sweeps up for the task on stdin; its temporary folder says which images without a name were made."""
    from migrator.engine.docker import find_docker  # noqa: PLC0415 - docker's client may be slow to ask
    from migrator.verify.scratch import sweep  # noqa: PLC0415

    task_of(sys.stdin.buffer.read())
    with contextlib.suppress(EngineError):
        sweep(find_docker())
