"""MG2xx: findings in the Dockerfiles and ignore files."""

from __future__ import annotations

from migrator.diagnostics import Rule, Severity

__all__ = ["Rule", "Severity"]

UNKNOWN_INSTRUCTION = Rule(
    "MG201",
    "unknown-instruction",
    Severity.ERROR,
    "{keyword} is not a Dockerfile instruction",
    "correct the keyword, or join the line to the one before it with a continuation",
)

NO_STAGE = Rule(
    "MG202",
    "no-stage",
    Severity.ERROR,
    "{file} has no FROM",
    "every Dockerfile names the image that it starts from",
)

EMPTY_DOCKERFILE = Rule(
    "MG203",
    "empty-dockerfile",
    Severity.ERROR,
    "{file} holds no instruction",
    "name the Dockerfile that the script builds",
)

NOT_TEXT = Rule(
    "MG204",
    "dockerfile-not-text",
    Severity.ERROR,
    "{file} is not text",
    "name the Dockerfile that the script builds",
)

OPEN_DOCUMENT = Rule(
    "MG205",
    "open-here-document",
    Severity.ERROR,
    "the here-document {delimiter} is not closed",
    "end it with a line that holds {delimiter} and nothing else",
)

REPEATED_DIRECTIVE = Rule(
    "MG206",
    "repeated-directive",
    Severity.ERROR,
    "the directive {name} stands in the file twice",
    "keep one of them",
)

BAD_ESCAPE = Rule(
    "MG207",
    "bad-escape-directive",
    Severity.ERROR,
    "the escape character cannot be {value}",
    "it is a backslash or a backquote",
)

MISSING_ARGUMENTS = Rule(
    "MG208",
    "missing-arguments",
    Severity.ERROR,
    "{keyword} lacks arguments",
    "complete the instruction: the engine refuses it",
)

UNKNOWN_FLAG = Rule(
    "MG209",
    "unknown-flag",
    Severity.WARNING,
    "{keyword} takes no flag --{flag} that we know",
    "check that the engine knows it; it is carried over as it is",
)

BLANK_CONTINUATION = Rule(
    "MG210",
    "blank-line-in-continuation",
    Severity.WARNING,
    "a blank line stands inside a continued instruction",
    "remove it: the engine warns of it, and will refuse it one day",
)

OPEN_CONTINUATION = Rule(
    "MG211",
    "continuation-at-end",
    Severity.WARNING,
    "the last instruction is continued, and nothing follows",
    "remove the continuation: text appended to the file would become part of the instruction",
)

BEFORE_FROM = Rule(
    "MG212",
    "instruction-before-from",
    Severity.ERROR,
    "{keyword} stands before the first FROM",
    "only ARG may stand there",
)

BAD_SUBSTITUTION = Rule(
    "MG213",
    "bad-expansion",
    Severity.ERROR,
    "{text} cannot be expanded: {reason}",
    "correct the quotes or the substitution",
)

BAD_FROM = Rule(
    "MG214",
    "bad-from",
    Severity.ERROR,
    "FROM takes an image, and AS with a name",
    "write FROM image, or FROM image AS name",
)

BAD_STAGE_NAME = Rule(
    "MG215",
    "bad-stage-name",
    Severity.ERROR,
    "{name} cannot be the name of a stage",
    "begin with a letter, then letters, digits, dot, underscore or hyphen",
)

REPEATED_STAGE_NAME = Rule(
    "MG216",
    "repeated-stage-name",
    Severity.ERROR,
    "two stages are named {name}",
    "give one of them another name",
)

BROKEN_JSON = Rule(
    "MG217",
    "broken-json",
    Severity.WARNING,
    "the arguments of {keyword} look like a JSON array and are none",
    "use double quotes: as it is, the engine takes the brackets for text",
)

NOT_STRINGS = Rule(
    "MG218",
    "json-not-strings",
    Severity.ERROR,
    "the JSON array of {keyword} holds something that is not a string",
    "put every element between double quotes",
)

BAD_ASSIGNMENT = Rule(
    "MG219",
    "bad-assignment",
    Severity.ERROR,
    "{keyword} cannot be read as assignments: {word}",
    "write name=value, and quote a value that holds blanks",
)

SHELL_NOT_JSON = Rule(
    "MG220",
    "shell-not-json",
    Severity.ERROR,
    "SHELL takes a JSON array",
    "write the shell and its arguments as a JSON array",
)

BAD_TRIGGER = Rule(
    "MG221",
    "bad-trigger",
    Severity.ERROR,
    "{keyword} is not allowed in ONBUILD",
    "remove the trigger",
)

BAD_HEALTH_CHECK = Rule(
    "MG223",
    "bad-health-check",
    Severity.ERROR,
    "HEALTHCHECK takes NONE, or CMD and a command",
    "write HEALTHCHECK CMD command, or HEALTHCHECK NONE",
)

BAD_IGNORE_PATTERN = Rule(
    "MG222",
    "bad-ignore-pattern",
    Severity.ERROR,
    "{pattern} is not a pattern that the engine takes",
    "correct the brackets or the escape in it",
)

TEXT_BEHIND_JSON = Rule(
    "MG224",
    "text-behind-json",
    Severity.WARNING,
    "text stands behind the JSON array of {keyword}",
    "remove it, or write the whole as a command: older engines drop it, newer ones take the line for a command",
)
