"""MG28x: what the old way of building does that its owner may not know, and what breaks it."""

from __future__ import annotations

from migrator.diagnostics import Rule, Severity

__all__ = ["Rule", "Severity"]
LINK_CLIMBS = Rule(
    "MG280",
    "link-climbs",
    Severity.WARNING,
    "docker cp refuses {path}: the link {link} in it leads out of what is copied, to {target}",
    "Make the link absolute or lead it inside of the folder, in the builder's Dockerfile.",
)
FOLDER_ONTO_FILE = Rule(
    "MG281",
    "folder-onto-file",
    Severity.WARNING,
    "docker cp refuses the folder {path}: {target} is a file on the host",
    "Copy it to another name, or remove the file first.",
)
CAPABILITY_LOST = Rule(
    "MG282",
    "capability-lost",
    Severity.ERROR,
    "setcap gives {path} a capability here, which the way over the host loses and COPY --from may keep",
    "Call setcap in the runtime's Dockerfile if the program needs it, and nowhere if it does not.",
)
VOLUME_WRITTEN = Rule(
    "MG283",
    "volume-written",
    Severity.WARNING,
    "a RUN behind VOLUME {path} may write into it: BuildKit keeps what it writes, the classic builder loses it",
    "Move VOLUME behind the RUN, or leave it out: a builder needs none.",
)
SECOND_RUN = Rule(
    "MG284",
    "second-run-differs",
    Severity.WARNING,
    "a second run of the script does something else than the first: {what}",
    "The conversion is that of the first run in a clean checkout, and gives it every time.",
)
BASE_FLOATING = Rule(
    "MG285",
    "base-floating",
    Severity.INFO,
    "whatever is newest is taken for {images}, so two builds may differ",
    "Name a version, or a digest (FROM name@sha256:…).",
)
SECRET_IN_IMAGE = Rule(
    "MG286",
    "secret-in-image",
    Severity.WARNING,
    "{name} looks like a secret, and {where} can be read from the image or its history",
    "With BuildKit, pass it by docker build --secret and RUN --mount=type=secret; and change the secret.",
)
CONTAINER_LEFT = Rule(
    "MG287",
    "container-left",
    Severity.INFO,
    "the container made here is never removed: every run of the script leaves one more",
    "Nothing is to be done: the new build makes none. docker container prune removes the old ones.",
)
OPTIONS_DIFFER = Rule(
    "MG288",
    "options-differ",
    Severity.ERROR,
    "the builds were given different values of {option} ({values}), and one build has one",
    "Give both builds the same value first; then convert again.",
)
OPTION_NOT_CARRIED = Rule(
    "MG289",
    "option-not-carried",
    Severity.ERROR,
    "{option} gives this build something that is not followed: {what}",
    "Put it into the build context, or take it from an image by COPY --from.",
)
FLOOR = Rule(
    "MG290",
    "floor",
    Severity.INFO,
    "the file needs a newer Docker than a plain multi-stage file, because the old files did",
    "Nothing is to be done; --no-comments leaves the line out.",
)
SYNTAX_DIFFERS = Rule(
    "MG291",
    "syntax-differs",
    Severity.ERROR,
    "the Dockerfiles ask for different front ends ({values}), and a file has one",
    "Bring them to one syntax line first.",
)
BUILT_TWICE = Rule(
    "MG292",
    "built-twice",
    Severity.INFO,
    "this build gives its image no name, and line {line} makes the same image again; it is built once",
    "Nothing is to be done.",
)
FOLDER_PRESUMED = Rule(
    "MG293",
    "folder-presumed",
    Severity.ERROR,
    "whether {path} is a folder of the image cannot be seen, and other files are laid over it here",
    "Copy to a folder of another name, or make the folder in the Dockerfile (RUN mkdir -p).",
)
