"""What a commit, or a pull request, says about a migration: what was measured, and what is left to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.report.display import visible
from migrator.report.verification import render_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrator.diagnostics import Diagnostic
    from migrator.migration.result import Converted
    from migrator.verify.verdict import NotVerified, Verification

_TITLE = "Build the images with one multi-stage Dockerfile"


def commit_message(
    conversion: Converted, outcome: Verification | NotVerified, tasks: Sequence[Diagnostic], changed: Sequence[str]
) -> str:
    """The message of a commit, as plain text."""
    measured = "".join(f"    {line}".rstrip() + "\n" for line in _measured(outcome))
    commands = "".join(f"    {command}\n" for command in _commands(conversion))
    parts = [
        _TITLE,
        f"It is built with\n\n{commands}",
        f"Built both ways and compared: {outcome.verdict}.\n\n{measured}",
    ]
    if tasks:
        parts.append("Left to do by hand:\n\n" + "".join(f"- {_told(task)}\n" for task in tasks))
    parts.append("Changed: " + ", ".join(visible(name) for name in changed))
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def pull_request(
    conversion: Converted, outcome: Verification | NotVerified, tasks: Sequence[Diagnostic], changed: Sequence[str]
) -> str:
    """The text of a pull request, as Markdown."""
    fence = "```"
    parts = [
        f"{_TITLE}:\n\n{fence}sh\n" + "\n".join(_commands(conversion)) + f"\n{fence}",
        f"Built both ways and compared: **{outcome.verdict}**.\n\n{fence}\n"
        + "\n".join(_measured(outcome))
        + f"\n{fence}",
    ]
    if tasks:
        parts.append("### Left to do by hand\n\n" + "\n".join(f"- [ ] {_told(task, code=True)}" for task in tasks))
    parts.append("### Changed\n\n" + "\n".join(f"- `{visible(name)}`" for name in changed))
    return "\n\n".join(parts) + "\n"


def _commands(conversion: Converted) -> list[str]:
    return list(dict.fromkeys(visible(target.command) for target in conversion.targets))


def _measured(outcome: Verification | NotVerified) -> list[str]:
    return [line.rstrip() for line in render_text(outcome).strip().splitlines()]


def _told(task: Diagnostic, *, code: bool = False) -> str:
    """One task: its place, its message, what to do."""
    place = f"{visible(task.span.file)}:{task.span.line}" if task.span is not None else ""
    shown = f"`{place}`" if code and place else place
    return f"{shown}{': ' if place else ''}{visible(task.message)} ({task.code}). {visible(task.advice)}"


__all__ = ["commit_message", "pull_request"]
