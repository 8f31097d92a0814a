"""MG54x: what is read in place of a shell script (a Makefile, a CI file, a justfile, package.json)."""

from __future__ import annotations

from migrator.diagnostics import Rule, Severity

__all__ = ["UNREADABLE", "Rule", "Severity"]
NOT_READABLE = Rule(
    "MG540",
    "input-not-readable",
    Severity.ERROR,
    "this line cannot be read: {reason}",
    "Correct the line, or name a shell script that does the same.",
)
NOT_KNOWN_WHEN_READ = Rule(
    "MG541",
    "value-not-known",
    Severity.ERROR,
    "the value of {what} is not known: {reason}",
    "Give it with --arg NAME=VALUE or --env NAME=VALUE, or write it into the file.",
)
NO_RULE = Rule(
    "MG542",
    "no-rule-for-target",
    Severity.ERROR,
    "nothing in the repository makes {target}",
    "Add a rule for it, or the file; with a rule that is built into make, write the rule out.",
)
FILE_TIMES = Rule(
    "MG543",
    "file-times-decide",
    Severity.ERROR,
    "{target} is in the checkout already, so only the times of files decide whether its recipe runs",
    "Take {target} out of the repository, or declare it .PHONY.",
)
RECURSION = Rule(
    "MG544",
    "recursive-make",
    Severity.ERROR,
    "this call of make cannot be followed: {reason}",
    "Name the target itself, or write its words out.",
)
NOT_SUPPORTED = Rule(
    "MG545",
    "input-not-supported",
    Severity.ERROR,
    "{what} is not followed",
    "{advice}",
)
ENVIRONMENT_ASSUMED = Rule(
    "MG546",
    "environment-assumed",
    Severity.WARNING,
    "what is built depends on {name} here; it is taken as not set in the environment",
    "Give the value that you use with --env {name}=VALUE.",
)

EXPRESSION_NAMED = Rule(
    "MG548",
    "expression-named",
    Severity.INFO,
    "{expression} is filled in by the service; here it is ${{{name}}}",
    "Where the new command runs, set it: {name} to {expression}.",
)
STEP_NOT_FOLLOWED = Rule(
    "MG549",
    "step-not-followed",
    Severity.ERROR,
    "the step {what} may change files or images, and what it does is not known",
    "Write its work as commands, or give the job's commands a script of their own and name that.",
)

# Findings with which an input gives no shell text at all.
UNREADABLE = frozenset(
    {NOT_READABLE, NOT_KNOWN_WHEN_READ, NO_RULE, FILE_TIMES, RECURSION, NOT_SUPPORTED, STEP_NOT_FOLLOWED}
)
