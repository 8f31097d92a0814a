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
