"""MG724 and up: what `migrator advise` would do about a Dockerfile, and what became of it on an engine."""

from __future__ import annotations

from migrator.diagnostics import Rule, Severity

__all__ = ["Rule", "Severity"]
CACHES_KEPT = Rule(
    "MG724",
    "package-caches-kept",
    Severity.WARNING,
    "{program} leaves {what} in the image",
    "Remove it in the same RUN: a later one only hides it. {how}",
)
RUNS_APART = Rule(
    "MG725",
    "runs-apart",
    Severity.WARNING,
    "{why}",
    "Put it behind the RUN in line {line} with `&&`, so that both are one layer.",
)
RECOMMENDS = Rule(
    "MG726",
    "recommended-packages",
    Severity.INFO,
    "apt installs what the packages recommend too",
    "Try --no-install-recommends, and name what is missed then (ca-certificates, often). It changes which packages "
    "the image has, so it is not part of the patch.",
)
NO_IGNORE_FILE = Rule(
    "MG727",
    "no-dockerignore",
    Severity.WARNING,
    "there is no .dockerignore, so all of the folder is sent to the engine{taken}",
    "{how}",
)
SMALLER_BASE = Rule(
    "MG728",
    "smaller-base",
    Severity.INFO,
    "{image} has a smaller relative, {relative}",
    "Try it in the last stage. It lacks programs and libraries that the image may use, so it is not part of the patch.",
)
COPY_ORDER = Rule(
    "MG729",
    "copy-before-dependencies",
    Severity.INFO,
    "each change of any file makes `{command}` run again, which reads {files}",
    "{how}",
)
CACHE_MOUNT = Rule(
    "MG730",
    "cache-mount",
    Severity.INFO,
    "`{command}` begins from nothing each time that the layer is built",
    "With BuildKit: RUN --mount=type=cache,target={target} … What it keeps is no part of the image. A build can come "
    "to depend on such a cache, so it is not part of the patch.",
)
RUNS_AS_ROOT = Rule(
    "MG731",
    "runs-as-root",
    Severity.INFO,
    "the image runs as root",
    "Make a user and name it at the end (`RUN useradd --system app`, `USER app`), once what it writes to is its own. "
    "That changes what it may do, so it is not part of the patch.",
)
NOT_PINNED = Rule(
    "MG732",
    "base-not-pinned",
    Severity.WARNING,
    "{image} is whatever bears that name on the day of the build",
    "Name a version, or a digest: FROM {repository}@sha256:… stays the same for ever.",
)
SECRET = Rule(
    "MG733",
    "secret-in-layer",
    Severity.WARNING,
    "{what} stays in the image for whoever has it{even}",
    "Hand it in while building: RUN --mount=type=secret,id={name} …, and `docker build --secret id={name},…`. "
    "What has been published with it needs a new one.",
)
BUILDS_AND_RUNS = Rule(
    "MG734",
    "builds-and-runs",
    Severity.WARNING,
    "the image runs {program}, and still has what `{kind}` needed to make it",
    "`migrator split` takes it apart into two stages, and proves the result.",
)
PATCH_DIFFERS = Rule(
    "MG735",
    "patch-not-proved",
    Severity.ERROR,
    "the patched image is not proved: {what}: {seen}",
    "Nothing is written. Take what is advised by hand, one after the other.",
)
ADVISED_FAILS = Rule(
    "MG736",
    "advised-build-fails",
    Severity.INFO,
    "as {code} advises it, it does not build: {why}",
    "It is not for this Dockerfile as it is.",
)
