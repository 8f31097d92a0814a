"""What keeps one source of an audit from an answer of its own: MG600 to MG619."""

from __future__ import annotations

from migrator.diagnostics import Rule, Severity

__all__ = ["Rule", "Severity"]
SEVERAL_SCRIPTS = Rule(
    "MG600",
    "several-scripts",
    Severity.ERROR,
    "{detail}",
    "Convert each of them with --script FILE.",
)
SOURCE_UNREADABLE = Rule(
    "MG601",
    "source-unreadable",
    Severity.ERROR,
    "{detail}",
    "Give a checkout that you may read, a bare repository, a folder of such, or an address that git can clone unasked.",
)
AUDIT_FAILED = Rule(
    "MG602",
    "audit-failed",
    Severity.ERROR,
    "this is a bug in migrator: {detail}",
    "Please report it, with the script and the Dockerfiles of this repository.",
)
AUDIT_TIMEOUT = Rule(
    "MG603",
    "audit-timeout",
    Severity.ERROR,
    "reading it took more than {seconds} seconds",
    "Give it more with --timeout, or look at it alone with migrator convert.",
)
READER_KILLED = Rule(
    "MG604",
    "reader-killed",
    Severity.ERROR,
    "the process that read it was killed or ran out of memory",
    "Look at it alone with migrator convert, on a machine with more memory.",
)
NO_ENGINE = Rule(
    "MG605",
    "engine-not-there",
    Severity.ERROR,
    "it could not be verified: {detail}",
    "Start the engine, then run the same command with --retry not-run.",
)
OVER_LIMIT = Rule(
    "MG606",
    "over-limit",
    Severity.ERROR,
    "it took more {what} than one repository may",
    "Give it more with --memory or --disk and run the same command with --retry over-limit, or look at it alone.",
)
NOT_WRITTEN = Rule(
    "MG607",
    "not-written",
    Severity.ERROR,
    "it was not written: {detail}",
    "Do what the message says, then run the same command with --retry failed.",
)
BATCH_TIMEOUT = Rule(
    "MG608",
    "batch-timeout",
    Severity.ERROR,
    "it took more than {seconds} seconds",
    "Give it more with --timeout and run the same command with --retry timeout, or look at it alone.",
)
NO_ROOM = Rule(
    "MG609",
    "no-room",
    Severity.ERROR,
    "it could not be verified: {detail}",
    "Make room on the disk of the engine, then run the same command with --retry not-run.",
)
