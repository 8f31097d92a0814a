"""MG7xx: what `migrator split` finds in a Dockerfile of one stage, and in the images that it builds to prove itself."""

from __future__ import annotations

from migrator.diagnostics import Rule, Severity

__all__ = ["Rule", "Severity"]
ALREADY_STAGES = Rule(
    "MG700",
    "already-multi-stage",
    Severity.ERROR,
    "the Dockerfile has {count} stages already",
    "There is nothing to split. Look at what its last stage copies instead.",
)
TOOLCHAIN = Rule(
    "MG701",
    "image-is-a-toolchain",
    Severity.ERROR,
    "{what}: the image is there to be worked in, so nothing in it is only for building",
    "Leave it as it is, or give it a CMD that starts the one program that it is for.",
)
COMPILES_AT_START = Rule(
    "MG702",
    "compiles-at-start",
    Severity.ERROR,
    "`{command}` builds when the container starts, so the running image needs the compiler",
    "Build in a RUN and let CMD start the result, for instance `RUN {build}`.",
)
MAKER_UNKNOWN = Rule(
    "MG703",
    "maker-unknown",
    Severity.ERROR,
    "the image runs {program}, and no instruction is known to make it by building",
    "If a RUN makes it, let that RUN name it (`-o {program}`); if nothing is built here, there is nothing to split. "
    "An engine sees which RUN makes it.",
)
MIXED_RUN = Rule(
    "MG704",
    "run-does-both",
    Severity.ERROR,
    "this RUN builds, and does `{kept}` for the running image, in a way that cannot be taken apart",
    "Put the two into RUNs of their own, or split with an engine, which sees what the RUN changes.",
)
NO_RELATIVE = Rule(
    "MG705",
    "no-smaller-base-known",
    Severity.ERROR,
    "no smaller relative of {image} is known{why}",
    "Take --runtime same, and change the FROM of the last stage by hand to a base that you trust.",
)
NEEDS_SHELL = Rule(
    "MG706",
    "needs-shell",
    Severity.ERROR,
    "`{command}` needs {what}, and {runtime} has none",
    "Write the command as a JSON array that starts the program itself, or take --runtime same.",
)
NEEDS_SETUP = Rule(
    "MG707",
    "needs-set-up",
    Severity.ERROR,
    "this RUN sets up the running image, and {runtime} has no shell to run it in",
    "Take --runtime same, or do in the builder what it does and copy the result.",
)
LIBRARIES_UNKNOWN = Rule(
    "MG708",
    "libraries-not-resolved",
    Severity.ERROR,
    "{program}: {why}",
    "{advice}",
)
USER_BY_NAME = Rule(
    "MG709",
    "user-by-name",
    Severity.ERROR,
    "the image runs as `{user}`, and {runtime} has no /etc/passwd that says who that is",
    "Write the number of the user, or split with an engine, which finds /etc/passwd in the image and carries it along.",
)
NEEDS_CERTIFICATES = Rule(
    "MG710",
    "needs-certificates",
    Severity.ERROR,
    "{who} may need CA certificates, and without an engine it is not known where the image has them",
    "Split with an engine, which carries along those that the image has, or take --runtime same.",
)
STARTS_PROGRAMS = Rule(
    "MG711",
    "starts-programs",
    Severity.ERROR,
    "{program} can start other programs ({sign}), and {runtime} does not have those of the original image",
    "Take --runtime same.",
)
LOOKS_UP_NAMES = Rule(
    "MG712",
    "looks-up-names",
    Severity.ERROR,
    "{program} looks up users or hosts by way of libraries that are loaded while it runs ({sign})",
    "Take --runtime same or slim, or build it without the C library's lookups (Go: CGO_ENABLED=0).",
)
RESULT_UNKNOWN = Rule(
    "MG713",
    "result-unknown",
    Severity.ERROR,
    "besides the program this RUN makes {count} files that nothing explains, such as {path}",
    "Remove in the same RUN what the running image does not need, or install into a folder of its own.",
)
NOT_FOLLOWED = Rule(
    "MG714",
    "not-splittable",
    Severity.ERROR,
    "{what}",
    "{advice}",
)
COMMAND_UNKNOWN = Rule(
    "MG715",
    "command-not-read",
    Severity.ERROR,
    "what the image runs is not known: {why}",
    "Write it as a JSON array of plain words.",
)
PROPOSAL = Rule(
    "MG716",
    "only-proposed",
    Severity.WARNING,
    "this is a proposal: {why}",
    "Run it again where Docker or podman answers, to have both images built and compared.",
)
ORIGINAL_FAILS = Rule(
    "MG717",
    "original-build-fails",
    Severity.ERROR,
    "the Dockerfile as it is does not build: {why}",
    "Mend it first: there is nothing to compare with.",
)
SPLIT_FAILS = Rule(
    "MG718",
    "split-build-fails",
    Severity.ERROR,
    "the split Dockerfile does not build: {why}",
    "A step of the last stage needs something that only the builder has: make it a step of the build.",
)
NOT_SAME = Rule(
    "MG719",
    "not-the-same",
    Severity.ERROR,
    "the split is not proved: not {what}: {seen}",
    "Nothing is written. Look at what differs, or take --runtime same.",
)
FOLDER_UNKNOWN = Rule(
    "MG720",
    "starting-folder-unknown",
    Severity.ERROR,
    "which folder {image} starts in is not known, and paths depend on it",
    "Write WORKDIR with a whole path, or split with an engine, which says it.",
)
BASE_DIFFERS = Rule(
    "MG721",
    "base-brings-other-settings",
    Severity.INFO,
    "another base: {field} is {after}, and was {before}",
    "Set it in the last stage if somebody relies on it.",
)
LOADS_LATER = Rule(
    "MG722",
    "loads-libraries-later",
    Severity.ERROR,
    "{program} loads libraries while it runs ({sign}), so which it needs is not written in it",
    "Take --runtime same.",
)
NO_ZONES = Rule(
    "MG723",
    "time-zones-left",
    Severity.INFO,
    "the original image has time zones and this one has none: TZ set at `docker run` changes nothing",
    "Copy /usr/share/zoneinfo from the builder if somebody sets TZ.",
)
DEVELOPMENT_LEFT = Rule(
    "MG737",
    "development-packages-left-out",
    Severity.INFO,
    "`{command}` in the builder leaves out what only development needs: {packages}",
    "Take --keep-dev if the program needs one of them in a way that nothing shows.",
)
DEVELOPMENT_NEEDED = Rule(
    "MG738",
    "development-package-needed",
    Severity.INFO,
    "packages for development are carried along: {package} is one, and is used by {where}",
    "Move it to dependencies, so that the others can stay behind; or start what the build made instead.",
)
DEVELOPMENT_KEPT = Rule(
    "MG739",
    "development-packages-carried",
    Severity.INFO,
    "packages for development are carried along: {why}",
    "Take them out in a RUN of the build if nothing needs them, for instance `RUN npm prune --omit=dev`.",
)
