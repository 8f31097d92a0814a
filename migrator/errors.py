"""What ends a command. A user's problem with a file is a `Diagnostic`; an exception means that we cannot go on."""

from __future__ import annotations


class MigratorError(Exception):
    """Trouble outside of us that ends the command: unreadable path, no engine, wrong usage. Exit code 2."""

    exit_code = 2

    def __init__(self, message: str, advice: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


class UsageError(MigratorError):
    """The command line asks for something that cannot be: no such script, several candidates."""


class ProjectError(MigratorError):
    """The repository cannot be read or written."""


class EngineError(MigratorError):
    """The container engine is missing, does not answer, or died."""


class InternalError(MigratorError):
    """Our own bug: a check of our own output failed. Exit code 3."""

    exit_code = 3
