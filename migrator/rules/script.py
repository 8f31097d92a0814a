"""MG1xx: what the script does that stops us, or that the reader should know."""

from __future__ import annotations

from migrator.diagnostics import Rule, Severity

__all__ = ["Rule", "Severity"]
NOT_SHELL = Rule(
    "MG101",
    "not-shell",
    Severity.ERROR,
    "bash would not take this statement: {reason}",
    "Check the script with `bash -n`, and correct what it names.",
)
NOT_TEXT = Rule(
    "MG102",
    "not-text",
    Severity.ERROR,
    "the file holds a NUL character, so it is no text",
    "Name the script itself with --script FILE.",
)
RESERVED_CHARACTER = Rule(
    "MG103",
    "reserved-character",
    Severity.ERROR,
    "{what} holds the private-use character U+{number:06X}, which stands for unknown values here",
    "Write it as an escape, such as $'\\U{number:08x}', and give a file another name.",
)
TOO_DEEP = Rule(
    "MG104",
    "nested-too-deeply",
    Severity.ERROR,
    "this statement is not followed: {reason}",
    "Move the inner part into a function, or name its result in a variable.",
)
CARRIAGE_RETURN = Rule(
    "MG105",
    "carriage-return",
    Severity.WARNING,
    "the lines end with a carriage return, which bash takes as part of the last word; it is left out here",
    "Save the script with plain line ends, and keep them so with `*.sh eol=lf` in .gitattributes.",
)
UNENDED_DOCUMENT = Rule(
    "MG106",
    "here-document-not-ended",
    Severity.WARNING,
    "the here-document goes on to the end of the script, since no line is just {delimiter}",
    "Put its delimiter on a line of its own, without blanks before or behind it.",
)
COPROCESS = Rule(
    "MG107",
    "coprocess",
    Severity.WARNING,
    "what runs at the side by coproc is not followed",
    "Run the command in the foreground, or with `&`.",
)
BAD_SUBSTITUTION = Rule(
    "MG108",
    "bad-substitution",
    Severity.WARNING,
    "{text} is no expansion that bash knows; the script stops when it gets there",
    "Quote the text if it is not meant to be expanded, or correct the expansion.",
)
BYTE_ORDER_MARK = Rule(
    "MG109",
    "byte-order-mark",
    Severity.WARNING,
    "the script begins with a byte-order mark, which hides its first line from the system; it is left out here",
    "Save the script as UTF-8 without a byte-order mark.",
)
EVAL_UNKNOWN = Rule(
    "MG120",
    "eval-of-unknown-text",
    Severity.WARNING,
    "eval runs text that is only known when the script runs, so any file may change here",
    "Replace the eval by the commands that it runs, or move it behind the last docker build.",
)
SOURCE_MISSING = Rule(
    "MG121",
    "sourced-file-missing",
    Severity.INFO,
    "{file} is not in a clean checkout; the script goes on without it",
    "Commit the file, or pass what it sets with --env NAME=VALUE.",
)
SOURCE_UNKNOWN = Rule(
    "MG122",
    "sourced-file-unknown",
    Severity.WARNING,
    "which file is sourced here is only known when the script runs",
    "Write the path of the file, or pass the variables in it with --arg or --env.",
)
SCRIPT_AS_CHECKED_OUT = Rule(
    "MG148",
    "script-as-checked-out",
    Severity.WARNING,
    "{file} is read as it stands in the checkout, though a command before may have changed it",
    "If nothing changes it, there is nothing to do; `migrator verify` runs the real one.",
)
PROGRAM_BUILDS = Rule(
    "MG150",
    "program-builds",
    Severity.ERROR,
    "{file} is run here and builds images itself, where its commands are not read",
    "Write its docker commands into the script, or convert it by itself: `migrator convert --script {file}`.",
)
UNMODELLED_COMMAND = Rule(
    "MG123",
    "unmodelled-command",
    Severity.INFO,
    "what {command} does to files is not known; from here on every file of the checkout may have changed",
    "If a later docker build does not need its results, run it behind that build.",
)
LOOP_UNKNOWN = Rule(
    "MG124",
    "loop-over-unknown",
    Severity.WARNING,
    "how often this loop runs is only known when the script runs",
    "Write the list out, or give its values with --arg or --env.",
)
TOO_MANY_PATHS = Rule(
    "MG125",
    "too-many-paths",
    Severity.ERROR,
    "the script takes more than {limit} different ways, depending on what is not known",
    "Fix the choices with --arg VALUE and --env NAME=VALUE.",
)
TOO_LONG = Rule(
    "MG126",
    "script-too-long",
    Severity.ERROR,
    "the script runs more than {limit} commands",
    "Split it, or convert the part that builds the images.",
)
TOO_MUCH = Rule(
    "MG191",
    "too-much-work",
    Severity.ERROR,
    "the script is not followed any further: {reason}",
    "Convert the part that builds the images as a script of its own.",
)
OPAQUE_STATEMENT = Rule(
    "MG127",
    "statement-not-understood",
    Severity.WARNING,
    "this statement is not understood: {reason}",
    "Write it in plain shell, or move it behind the last docker build.",
)
INTERACTIVE = Rule(
    "MG128",
    "interactive-answer",
    Severity.WARNING,
    "a person at the terminal decides here",
    "Take the answer from a parameter of the script, and pass it with --arg or --env.",
)
DOCKER_UNKNOWN = Rule(
    "MG129",
    "docker-call-not-understood",
    Severity.WARNING,
    "this docker command is not understood: {reason}",
    "Write it with documented options, or convert this step by hand.",
)
BUILD_OPERANDS = Rule(
    "MG130",
    "build-operands",
    Severity.ERROR,
    "docker build takes one context, and {count} are given here",
    "Name one context; an empty variable without quotes leaves none.",
)
REMOTE_CONTEXT = Rule(
    "MG131",
    "remote-context",
    Severity.ERROR,
    "the context is fetched from elsewhere, so its files are not here to be read",
    "Clone it beside the repository; or fetch it in a stage, with BuildKit: FROM scratch AS sources, ADD {address} /, "
    "and COPY --from=sources / in place of its COPY.",
)
CLONED = Rule(
    "MG195",
    "sources-cloned",
    Severity.INFO,
    "these sources are fetched when the script runs, with their own Dockerfiles and ignore files",
    "Where a build needs them, a stage can fetch them, with BuildKit: FROM scratch AS sources, ADD {address} /, and "
    "COPY --from=sources / in place of COPY of the folder. It leaves .git out.",
)
CONTEXT_UNKNOWN = Rule(
    "MG132",
    "context-unknown",
    Severity.ERROR,
    "what a docker build reads cannot be known: {what}",
    "Make this step part of a Dockerfile, or move it behind the builds.",
)
CONTEXT_MISSING = Rule(
    "MG133",
    "context-missing",
    Severity.ERROR,
    "the context {folder} is not a folder of a clean checkout, and nothing in the script makes it",
    "Commit the folder, or make it in the script before the build.",
)
DOCKERFILE_UNKNOWN = Rule(
    "MG134",
    "dockerfile-unknown",
    Severity.ERROR,
    "the Dockerfile of this build cannot be known from the files alone",
    "Commit the Dockerfile that the build reads, or convert this build by hand.",
)
DOCKERFILE_BINARY = Rule(
    "MG135",
    "dockerfile-binary",
    Severity.ERROR,
    "{file} is not text",
    "Check that the file is a Dockerfile in UTF-8.",
)
DOCKERFILE_MISSING = Rule(
    "MG136",
    "dockerfile-missing",
    Severity.ERROR,
    "there is no {file} in a clean checkout, and nothing in the script makes it",
    "Commit the file, or name the right one with -f.",
)
DOCKERFILE_CHOSEN = Rule(
    "MG156",
    "dockerfile-chosen",
    Severity.ERROR,
    "which Dockerfile {file} is depends on who calls the script",
    "{advice}",
)
CONTEXT_CHOSEN = Rule(
    "MG192",
    "context-chosen",
    Severity.ERROR,
    "which folder {folder} is, that the build reads, depends on who calls the script",
    "{advice}",
)
CHECKOUT_ASSUMED = Rule(
    "MG193",
    "checkout-assumed",
    Severity.WARNING,
    "{name} is taken for the folder of the checkout, as a CI service sets it",
    "Give the value that you use with --env {name}=VALUE where it is another.",
)
RUN_BEYOND_BUILD = Rule(
    "MG137",
    "run-beyond-build",
    Severity.ERROR,
    "the container has what no build has (--{option}), so its work cannot become a RUN",
    "Do this step outside of the image's build, or without the option.",
)
DETACHED_ASSUMED = Rule(
    "MG138",
    "detached-assumed",
    Severity.WARNING,
    "the container runs in the background; what is taken from it is taken as its image has it",
    "If its process makes the artifact, wait for it first (docker wait), or make it in a RUN.",
)
CONTAINER_UNKNOWN = Rule(
    "MG139",
    "container-unknown",
    Severity.WARNING,
    "which container this is cannot be known: the script did not make it",
    "Create the container in the script (docker create) and copy from that one.",
)
RUNTIME_PATH = Rule(
    "MG140",
    "runtime-path",
    Severity.WARNING,
    "{path} is the engine's own in a container, not the image's",
    "Copy the file under another name in the builder image.",
)
COPY_PARENT_MISSING = Rule(
    "MG141",
    "copy-parent-missing",
    Severity.WARNING,
    "docker cp fails in a clean checkout: the folder {folder} is not there",
    "Make the folder first (mkdir -p); with it the script works on its first run too.",
)
DESTINATION_ASSUMED = Rule(
    "MG142",
    "destination-assumed",
    Severity.WARNING,
    "{path} lies in a folder out of an image; it is taken for a new file there",
    "Copy to a path of its own.",
)
COPY_IN_ASSUMED = Rule(
    "MG143",
    "copy-in-assumed",
    Severity.INFO,
    "{path} is taken for the name of the copy, not for a folder that is there already",
    "End the path in a slash when it is a folder.",
)
MOUNT_OUTSIDE = Rule(
    "MG144",
    "mount-outside",
    Severity.WARNING,
    "what is mounted at {target} is not part of the repository, and is left out",
    "If the build needs it, put it into the repository or fetch it in the Dockerfile.",
)
CONTEXT_OUTSIDE = Rule(
    "MG145",
    "context-outside",
    Severity.ERROR,
    "the context {folder} lies outside of the repository, so its files are not here to be read",
    "Use the repository or a folder of it as the context.",
)
OPTIONS_ASSUMED = Rule(
    "MG146",
    "options-assumed",
    Severity.WARNING,
    "{name} is taken for further options of docker, or for nothing when it is not set",
    "What it holds reaches every stage of the new file: put there what is meant for all of them.",
)
DEFAULT_ASSUMED = Rule(
    "MG190",
    "default-assumed",
    Severity.WARNING,
    "converted with {value}, which the script takes when {name} is not set",
    "Give the value that you use with --env {name}=VALUE.",
)
MOUNT_NEEDED = Rule(
    "MG147",
    "mount-needed",
    Severity.ERROR,
    "what is mounted at {target} is not part of the repository, and the command in the container may read it",
    "Put it into the repository, fetch it in the Dockerfile, or name its folder with --env NAME=VALUE.",
)
IMPORTED = Rule(
    "MG149",
    "imported",
    Severity.ERROR,
    "docker import makes the image here, with a configuration that no Dockerfile gives it",
    "Build it FROM scratch with ADD or COPY, and state its environment, command and folder there.",
)
BUILD_LOOSE_WORD = Rule(
    "MG180",
    "build-loose-word",
    Severity.ERROR,
    "whether {word} is an option or the context of this build cannot be known",
    "Write the option's name in the command and only its value into the variable; quote what is the context.",
)
