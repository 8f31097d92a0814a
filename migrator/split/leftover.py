"""What only the builder has, path by path: why it may stay behind, or that nothing says so."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.split.bases import is_toolchain
from migrator.split.plan import workshops
from migrator.split.sources import ENDINGS
from migrator.split.steps import Role
from migrator.verify.entry import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from migrator.split.image import Look
    from migrator.split.plan import Plan
    from migrator.split.steps import Step

# Kept by build tools for the next build.
_CACHES = re.compile(
    r"(?:/(?:root|home/[^/]+))?/(?:\.cache|\.npm|\.m2|\.gradle|\.cargo|\.rustup|\.config/go|\.nuget|\.ccache|\.local/share/NuGet)(?:/.*)?|"
    r"/(?:root/)?go/pkg(?:/.*)?|/usr/local/cargo/(?:registry|git|\.\w[\w.-]*)(?:/.*)?|/usr/local/rustup(?:/.*)?|/usr/local/share/\.cache(?:/.*)?|"
    r".*/\.git(?:/.*)?|.*/__pycache__(?:/.*)?|.*/CMakeFiles(?:/.*)?|.*/target/(?:\w[\w-]*/)?(?:release|debug)/(?:deps|build|incremental|examples|\.fingerprint)(?:/.*)?"
)
# The same, but for what lies in a folder that the Dockerfile works in.
_PLACES = re.compile(r"/(?:root/)?go/src(?:/.*)?|/(?:var/)?tmp/.*")
# What a compiler leaves beside what it makes.
_OBJECTS = re.compile(
    r".*\.(?:o|d|lo|la|a|gcno|gch|rlib|rmeta|obj|ilk|Tpo|Plo|Po|dwo)|.*/(?:config\.(?:log|status|cache)|CMakeCache\.txt|"
    r"cmake_install\.cmake|install_manifest\.txt|\.ninja_(?:deps|log)|build\.ninja|compile_commands\.json|\.cargo-lock|CACHEDIR\.TAG|\.rustc_info\.json|"
    r"Makefile|configure|libtool|stamp-h\d*|aclocal\.m4)"
)
# Settings and data, where no build leaves such things by itself.
_SET_UP = re.compile(r"/(?:etc|srv|var)/(?!tmp/).*")
# What package managers and the loader's tools note of themselves, and what an engine lays over whatever an image has
# there: buildah leaves it, empty, in the layer of each RUN.
NOTES = re.compile(
    r"/etc/(?:hostname|hosts|resolv\.conf)|/run/\.containerenv|/var/(?:lib/(?:dpkg|apt|rpm|yum|dnf|ucf)|log|cache/(?:apt|apk|dnf|yum|debconf|ldconfig|man))(?:/.*)?|"
    r"/(?:usr/)?lib/apk(?:/.*)?|/etc/ld\.so\.cache|/etc/apk/world|/usr/lib/sysimage(?:/.*)?"
)
# What packages bring besides what is in their lists.
RECORDS = re.compile(
    r"/var/(?:lib/(?:dpkg|apt|rpm|yum|dnf|ucf)|cache|log)(?:/.*)?|/(?:usr/)?lib/apk(?:/.*)?|/etc/ld\.so\.cache|/etc/apk/world|"
    r"/usr/lib/sysimage(?:/.*)?|/etc/alternatives(?:/.*)?|/usr/share/(?:doc|man|info|locale|lintian|doc-base|bug)(?:/.*)?"
)
_DPKG = re.compile(r"/var/lib/dpkg/info/[^/]+\.list")
# It is carried with the libraries that it lists.
_LOADER_CACHE = "/etc/ld.so.cache"
_APK = ("/lib/apk/db/installed", "/usr/lib/apk/db/installed")


@dataclass(frozen=True)
class Leftover:
    """What was left in the builder: paths that nothing explains, and how many there are for each reason."""

    unexplained: tuple[str, ...]
    reasons: dict[str, int]
    steps: dict[str, int | None]


def leftover(plan: Plan, before: Look, after: Look) -> Leftover:
    """What the image has that instructions made which the runtime does without, and that the new image lacks."""
    makers = before.makers or {}
    steps = {step.index: step for step in plan.steps}
    sources = set(plan.left)
    tools = {each.index for each in plan.fat.brought if is_toolchain(each.copy)}
    installs = any(one.role is Role.INSTALL or _edits(step) for step in plan.steps for one in step.judged)
    packaged = packaged_files(before) if installs else frozenset()
    reasons: dict[str, int] = {}
    open_paths: list[str] = []
    for path, entry in before.files.items():
        number = makers.get(path)
        changed = number in plan.dropped or number in plan.texts
        if not changed or number is None or path in after.files:
            continue
        reason = _reason(plan, steps.get(number), path, sources, packaged)
        if number in tools:
            reason = "the toolchain"
        if entry.kind is Kind.FOLDER and reason is None:
            continue
        if reason is None:
            open_paths.append(path)
        else:
            reasons[reason] = reasons.get(reason, 0) + 1
    open_paths += _empty_folders(plan, (before, after), open_paths, packaged)
    return Leftover(tuple(sorted(open_paths)), reasons, {path: makers.get(path) for path in open_paths})


def changed(plan: Plan, before: Look, after: Look) -> tuple[str, ...]:
    """The files that a step of the build changed, and that the new image has as they were before."""
    makers = before.makers or {}
    steps = {step.index for step in plan.steps}
    return tuple(
        path
        for path, entry in before.files.items()
        if makers.get(path) in plan.dropped & steps
        and entry.kind is Kind.FILE
        and path in after.files
        and after.files[path].content != entry.content
        and not NOTES.fullmatch(path)
    )


def _empty_folders(
    plan: Plan, looks: tuple[Look, Look], found: Sequence[str], packaged: Collection[str]
) -> Iterator[str]:
    """Folders without anything in them, which a step of the build made on purpose."""
    before, after = looks
    makers = before.makers or {}
    parents = {posixpath.dirname(path) for path in before.files}
    steps = {step.index: step for step in plan.steps}
    for path, entry in before.files.items():
        number = makers.get(path)
        if before.first.get(path) != number:
            continue  # a folder of an earlier layer, in which something came and went
        if entry.kind is not Kind.FOLDER or path in parents or path in after.files or path in found:
            continue
        if number is not None and number in steps and _reason(plan, steps[number], path, set(), packaged) is None:
            yield path


def packaged_files(look: Look) -> frozenset[str]:
    """The files that the package managers of an image say are theirs, as `unmerged` has them."""
    lists = look.read(*(path for path in look.files if _DPKG.fullmatch(path)))
    found = {unmerged(line) for data in lists.values() for line in data.decode("utf-8", "replace").splitlines()}
    folder = ""
    for data in look.read(*_APK).values():
        for line in data.decode("utf-8", "replace").splitlines():
            if line.startswith("F:"):
                folder = line[2:]
            elif line.startswith("R:"):
                found.add(unmerged(f"/{folder}/{line[2:]}"))
    return frozenset(found)


def unmerged(path: str) -> str:
    """A path without the /usr in front that packages and file systems do not agree on."""
    return path.removeprefix("/usr") if path.startswith("/usr/") else path


def _reason(plan: Plan, step: Step | None, path: str, sources: set[str], packaged: Collection[str]) -> str | None:
    """Why a path that the runtime lacks may stay in the builder; None where nothing says so."""
    if step is None:  # a COPY or ADD
        source = plan.fat.landed.get(path)
        return "sources" if source is None or source in sources else None
    if path.startswith(workshops(plan.fat, plan.steps) or "//"):
        return "what the site is made of"
    roles = {one.role for one in step.judged}
    if (Role.INSTALL in roles or _edits(step)) and (
        Role.BUILD not in roles or RECORDS.fullmatch(path) or unmerged(path) in packaged
    ):
        return "packages of the build"
    if _CACHES.fullmatch(path) or (
        _PLACES.fullmatch(path) and not any(path.startswith(f"{one}/") for one in _worked_in(plan))
    ):
        return "caches"
    if NOTES.fullmatch(path) and path != _LOADER_CACHE:
        return "notes of tools"
    if _SET_UP.fullmatch(path) and not any(path.startswith(f"{one}/") for one in _worked_in(plan) | _sources_in(plan)):
        return None
    if _OBJECTS.fullmatch(path):
        return "objects"
    languages = {made.language for one in plan.steps for made in one.made}
    if any(path.endswith(ENDINGS.get(language, ())) for language in languages):
        return "sources"
    return None


def _worked_in(plan: Plan) -> set[str]:
    """The folders that a WORKDIR names."""
    states = (*plan.fat.scope.states[1:], plan.fat.scope.end)
    return {
        state.workdir for one, state in zip(plan.fat.instructions, states, strict=True) if one.keyword == "WORKDIR"
    } - {"/"}


def _sources_in(plan: Plan) -> set[str]:
    """The folders into which a COPY brings what stays in the builder."""
    left = set(plan.left)
    return {posixpath.dirname(path) for path, source in plan.fat.landed.items() if source in left} - {"/"}


def _edits(step: Step) -> bool:
    return step.text is not None and step.text != step.instruction.span.text
