"""What people see of a batch while it runs: a bar on a terminal, else a line for each repository with an answer."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

from migrator.report.display import visible

if TYPE_CHECKING:
    from rich.progress import TaskID

    from migrator.batch.runner import Progress

_SHOWN = 4


def progress(*, quiet: bool, colour: bool) -> Progress:
    """A bar where somebody watches, lines where nobody does, nothing where that was asked for."""
    if quiet:
        return Silence()
    return Bar(colour=colour) if sys.stderr.isatty() else Lines()


class Silence:
    """Says nothing but what ends a run early."""

    def begin(self, total: int) -> None:
        """Nothing."""

    def take(self, path: str) -> None:
        """Nothing."""

    def end(self, path: str, state: str) -> None:
        """Nothing."""

    def keep(self, path: str) -> None:
        """Nothing."""

    def say(self, text: str) -> None:
        """One line on stderr."""
        sys.stderr.write(f"migrator: {visible(text)}\n")
        sys.stderr.flush()

    def close(self) -> None:
        """Nothing."""


class Lines(Silence):
    """One line on stderr for each repository that was worked on; not for those with nothing to do."""

    def __init__(self) -> None:
        self.total = self.done = 0

    def begin(self, total: int) -> None:
        """One line."""
        self.total = total
        self.say(f"{total} {'source' if total == 1 else 'sources'}")

    def end(self, path: str, state: str) -> None:
        """One line, but for what is not applicable."""
        self.done += 1
        if state != "not-applicable":
            self.say(f"[{self.done}/{self.total}] {state} {path}")

    def keep(self, path: str) -> None:  # noqa: ARG002 - the interface
        """Counts it."""
        self.done += 1


class Bar(Silence):
    """A bar with the rate, the time that is left, the counts and what is under way."""

    def __init__(self, *, colour: bool) -> None:
        # Only here, so that no other command loads it.
        from rich.console import Console  # noqa: PLC0415
        from rich.progress import (  # noqa: PLC0415
            BarColumn,
            MofNCompleteColumn,
            ProgressColumn,
            TextColumn,
            TimeRemainingColumn,
        )
        from rich.progress import Progress as Rich  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        class Rate(ProgressColumn):
            def render(self, task: object) -> Text:
                speed = getattr(task, "finished_speed", None) or getattr(task, "speed", None)
                return Text("" if speed is None else f"{speed:.1f}/s")

        console = Console(stderr=True, no_color=not colour)
        columns = (BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn(), TextColumn("{task.description}"))
        self.rich = Rich(*columns, console=console)
        self.task: TaskID | None = None
        self.counts: Counter[str] = Counter()
        self.current: dict[str, None] = {}

    def begin(self, total: int) -> None:
        """Shows the bar."""
        self.task = self.rich.add_task("", total=total)
        self.rich.start()

    def take(self, path: str) -> None:
        """Shows that it is under way."""
        self.current[path] = None
        self._show(0)

    def end(self, path: str, state: str) -> None:
        """One further."""
        self.current.pop(path, None)
        self.counts[state] += 1
        self._show(1)

    def keep(self, path: str) -> None:
        """One further."""
        self.end(path, "kept")

    def say(self, text: str) -> None:
        """One line above the bar."""
        self.rich.console.print(f"migrator: {visible(text)}", markup=False, highlight=False)

    def close(self) -> None:
        """Leaves the bar as it is."""
        self.rich.stop()

    def _show(self, more: int) -> None:
        from rich.markup import escape  # noqa: PLC0415 - as above

        counts = " ".join(f"{state} {count}" for state, count in sorted(self.counts.items()))
        names = [visible(path.rstrip("/").rpartition("/")[2]) for path in list(self.current)[:_SHOWN]]
        if self.task is not None:
            self.rich.update(self.task, advance=more, description=escape(f"{counts} | {' '.join(names)}"))
