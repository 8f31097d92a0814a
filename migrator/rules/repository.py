"""MG5xx: the repository around the script."""

from __future__ import annotations

from migrator.diagnostics import Rule, Severity

__all__ = ["Rule", "Severity"]
SCRIPT_NOT_REWRITTEN = Rule(
    "MG501",
    "script-not-rewritten",
    Severity.WARNING,
    "this build cannot be changed in its place, so the script stays as it is",
    "Put the new build command in its place by hand, and take out what passed the artifacts on.",
)
STILL_PASSES = Rule(
    "MG502",
    "still-passes",
    Severity.WARNING,
    "this line passes an artifact on one time and does something else another time, so it was not cut",
    "Take the part that passes the artifact on out by hand; the new build does not need it.",
)
NAMES_WHAT_IS_GONE = Rule(
    "MG503",
    "names-what-is-gone",
    Severity.WARNING,
    "this line names {name}, which the new build does not make any more",
    "Take the line out, or let it name an image that is still there.",
)
CALLS_WHAT_IS_GONE = Rule(
    "MG504",
    "calls-what-is-gone",
    Severity.WARNING,
    "this line names {path}, which the new build makes needless",
    "Write the new build command in its place: {command}",
)
NAMES_OLD_PART = Rule(
    "MG505",
    "names-old-part",
    Severity.WARNING,
    "this line names {name}, a part of the old way to build",
    "Change the line to the new build, or take it out.",
)
OLD_FILE_KEPT = Rule(
    "MG506",
    "old-file-kept",
    Severity.INFO,
    "{path} is kept, since this line uses it",
    "Change the line, then remove the file.",
)
INPUT_STAYS = Rule(
    "MG547",
    "input-stays",
    Severity.WARNING,
    "{name} still builds the old way; it was not rewritten",
    "Put the new build in its place by hand: {command}",
)
NOT_LEFT = Rule(
    "MG550",
    "not-left-any-more",
    Severity.INFO,
    "the old script leaves {path} on the host, and what is left of it does not make it any more",
    "If something needs the file, take it out of the new image: docker create, docker cp, docker rm.",
)
SHARED = Rule(
    "MG552",
    "dockerfile-shared",
    Severity.WARNING,
    "this script passes an artifact of its own to {path}, which builds what {script} passed to it from now on",
    "Give one of the two scripts a Dockerfile of its own (-f) before you migrate; then migrate each.",
)
USED_ELSEWHERE = Rule(
    "MG555",
    "used-elsewhere",
    Severity.WARNING,
    "this line names {path}, which the old build left on the host and nothing makes any more",
    "Take it out of the new image in front of this line (docker create, docker cp), or convert with --export.",
)
BUILDS_OLD_FOLDER = Rule(
    "MG570",
    "builds-old-folder",
    Severity.WARNING,
    "this builds the Dockerfile of {name}, which has another context or more stages now",
    "Give the build the new file with -f, the new context, and --target where another stage is meant.",
)
PROGRAM_KEPT = Rule(
    "MG571",
    "program-kept",
    Severity.WARNING,
    "the program still builds in the old way here; it is not rewritten",
    "Let the program run {command}, and take out what passed the artifacts on.",
)
