"""Layers: RUNs that belong together, the order of COPY and what only reads a part of it, and caches of builds."""

from __future__ import annotations

import json
import posixpath
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from migrator.advise.advice import Advice, Change
from migrator.advise.ignoring import ignore_file
from migrator.advise.recipe import is_posix
from migrator.dockerfile.edit import Edit, copy_line, literal, source_word
from migrator.dockerfile.ignore import IgnoreRules
from migrator.rules import advice as rules
from migrator.split.packages import installation, is_housekeeping

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrator.advise.recipe import Recipe, Run
    from migrator.split.fat import Fat
    from migrator.split.landings import Brought
    from migrator.split.statements import Statement

# What a command leaves in the shell itself; behind `&&` the next one would find it.
_STATEFUL = frozenset(
    "cd pushd popd export unset set shopt umask alias unalias . source eval exec exit return trap read readonly local "
    "declare typeset ulimit hash".split()
)
_TAKES_AWAY = frozenset(("rm", "strip", "upx", "truncate"))
_REMOVES = {"apt-get": ("purge", "remove", "autoremove", "clean"), "apt": ("purge", "remove", "autoremove", "clean"),
            "apk": ("del",), "dnf": ("remove", "clean"), "yum": ("remove", "clean"), "npm": ("cache", "prune"),
            "yarn": ("cache",)}  # fmt: skip
_REWRITES = frozenset(("chown", "chmod"))
# What is at these places is made by these programs.
_PLACES = (
    ("/var/lib/apt", r"\bapt(?:-get|itude)?\b"),
    ("/var/cache/apt", r"\bapt(?:-get|itude)?\b"),
    ("/var/cache/apk", r"\bapk\b"),
    ("/var/cache/yum", r"\byum\b"),
    ("/var/cache/dnf", r"\bdnf\b"),
    ("/root/.cache/pip", r"\bpip3?\b"),
    ("/root/.npm", r"\bnpm\b"),
)
# A COPY to such a place may change what a RUN behind it does.
_SYSTEM = re.compile(r"/(?:[^/]+$|(?:etc|usr/(?!src/)|lib\w*|s?bin|var/(?!www/)|root)/)")
_MANY = 3
_UPDATES = (("apt-get", "update"), ("apt", "update"), ("apk", "update"))


def merges(recipe: Recipe) -> Iterator[Advice]:
    """RUNs of which one only undoes what another has put into a layer, or needs what only then is fresh."""
    for number, second in enumerate(recipe.runs):
        if second.stage not in recipe.shipped:
            continue
        before: list[Run] = []
        for run in reversed(recipe.runs[:number]):
            if run.stage != second.stage or run.index != second.index - len(before) - 1:
                break
            before.append(run)
        found = _undone(before, second)
        if found is not None:
            why, count = found
            group = [*reversed(before[:count]), second]
            told = rules.RUNS_APART.at(second.instruction.span, why=why, line=group[0].instruction.span.line)
            yield Advice(told, _merge(recipe, group), frozenset({"DL3059"}))


def _undone(before: Sequence[Run], second: Run) -> tuple[str, int] | None:
    """Why a RUN belongs to others right before it, which are given nearest first; and to how many of them."""
    if not before or not second.commands:
        return None
    if tuple(before[0].commands[-1].words[:2]) in _UPDATES and not any(
        tuple(one.words[:2]) in _UPDATES for one in second.commands
    ):
        return "the list of packages is a layer of its own: cached, it is older than what is installed with it", 1
    origins = [_origin(before, one) for one in second.commands]
    if None in origins:
        return None
    first = second.commands[0]
    if first.program in _REWRITES:
        return f"`{_short(first)}` stores files of a layer before it once more", max(one or 1 for one in origins)
    return f"`{_short(first)}` only hides what a layer before it holds: the image has both", max(
        one or 1 for one in origins
    )


def _origin(before: Sequence[Run], statement: Statement) -> int | None:
    """How far back the RUN is that made what a command takes away or rewrites; None for any other command."""
    verb = next((word for word in statement.operands if word and not word.startswith("-")), None)
    if verb in _REMOVES.get(statement.program, ()):
        return _nearest(before, rf"\b{re.escape(statement.program)}\b")
    if statement.program in _TAKES_AWAY or (
        statement.program in _REWRITES and any(word in {"-R", "--recursive"} for word in statement.operands)
    ):
        paths = [word for word in statement.operands if word is None or word.startswith("/")]
        if not paths or None in paths:
            return None
        found = [_made_by(before, path or "") for path in paths]
        return None if None in found else max(one or 0 for one in found)
    return None


def _nearest(before: Sequence[Run], sign: str) -> int | None:
    return next((n for n, run in enumerate(before, 1) if re.search(sign, run.text)), None)


def _made_by(before: Sequence[Run], path: str) -> int | None:
    """How far back the RUN is that made what is at a path: the first one that names it."""
    known = next((sign for place, sign in _PLACES if path.startswith(place)), None)
    if known is not None:
        return _nearest(before, known)
    plain = path.rstrip("*").rstrip("/")
    sign = rf"{re.escape(plain)}(?![\w-])"
    return max((n for n, run in enumerate(before, 1) if re.search(sign, run.text)), default=None) if plain else None


def _short(statement: Statement) -> str:
    text = " ".join(statement.text.split())
    return text if len(text) < 50 else f"{text[:49]}…"


def _merge(recipe: Recipe, group: Sequence[Run]) -> Change | None:
    """All as one RUN. The image has the same files, in fewer layers."""
    edits = [_joint(recipe, one, other) for one, other in pairwise(group)]
    return None if None in edits else Change(tuple(one for one in edits if one is not None), safe=True)


def _joint(recipe: Recipe, first: Run, second: Run) -> Edit | None:
    one, other = first.instruction, second.instruction
    source = recipe.source
    between = source.text[one.span.end : other.span.start]
    flags = [flag.span.text for flag in one.flags] == [flag.span.text for flag in other.flags]
    stateful = any(command.program in _STATEFUL or not command.program for command in first.commands)
    assigns = any("=" in command.text.split()[0] for command in first.commands if command.text)
    if not (first.plain and second.plain and flags and is_posix(recipe, first.stage)) or stateful or assigns:
        return None
    end = first.commands[-1].span.original.end
    rest = source.text[end : one.span.end]
    if one.json or other.json or between.strip() or not other.arguments or rest.strip():
        return None
    newline = "\r\n" if "\r\n" in between else "\n"
    return Edit(source.span(end, other.arguments[0].span.start), f" {recipe.dockerfile.escape}{newline}    && ")


# --- what reads only a part of what is copied -------------------------------------------------------------------------


def orders(recipe: Recipe) -> Iterator[Advice]:
    """A COPY of everything in front of RUNs that read only the list of dependencies, or nothing of it."""
    for part in recipe.parts:
        for copied in part.brought:
            if len(copied.landings or ()) < _MANY or not is_posix(recipe, part.number):
                continue
            group = _readers(recipe, part, copied)
            if not group:
                continue
            files = tuple(dict.fromkeys(name for _, read in group for name in read.files))
            landed = {landing.source for landing in copied.landings or ()}
            if not set(files) <= landed or len(files) == len(landed):
                continue
            runs = [run for run, _ in group]
            line = copy_line([source_word(name) for name in files], _folder(runs[0], files, copied)) if files else ""
            how = f"Copy what it reads first: `{line}`, then the RUN, then the rest." if line else "Copy behind it."
            whole = all(read.whole for _, read in group)
            change = _reordered(recipe, runs, copied, line) if whole else None
            last = next((run for run, read in reversed(group) if read.files), runs[-1])
            reader = next(
                (one for one in last.commands if (_read_by_command(recipe, part, one) or Read()).files),
                last.commands[-1],
            )
            told = rules.COPY_ORDER.at(
                last.instruction.span,
                command=_short(reader),
                files=", ".join(files) or "nothing of it",
                how=how,
            )
            yield Advice(told, change)


def _readers(recipe: Recipe, part: Fat, copied: Brought) -> list[tuple[Run, Read]]:
    """The RUNs right behind a COPY of which it is known what they read."""
    found: list[tuple[Run, Read]] = []
    here = [run for run in recipe.runs if run.stage == part.number]
    for run in here:
        if run.index != copied.index + 1 + len(found):
            continue
        read = _read_by(recipe, run)
        if read is None:
            break
        found.append((run, read))
    return found


def _folder(run: Run, files: tuple[str, ...], copied: Brought) -> str:
    place = next(one.path for one in copied.landings or () if one.source == files[0])
    folder = posixpath.dirname(place)
    return "./" if folder == run.state.workdir else literal(f"{folder}/")


@dataclass(frozen=True)
class Read:
    """The files of the context that a RUN reads, and whether that is certainly all."""

    files: tuple[str, ...] = ()
    whole: bool = True


def _read_by(recipe: Recipe, run: Run) -> Read | None:
    """What a RUN reads of the context; None where that is not known."""
    fat = recipe.parts[run.stage]
    found = Read()
    for one in run.commands if run.plain else ():
        read = _read_by_command(recipe, fat, one)
        if read is None or one.writes:
            return None
        found = Read((*found.files, *read.files), found.whole and read.whole)
    return found if run.plain else None


def _read_by_command(recipe: Recipe, fat: Fat, statement: Statement) -> Read | None:
    words = [word or "" for word in statement.words]
    if statement.program.startswith("pip") and "install" in words:
        return _pip(recipe, fat, statement)
    plain = [word for word in words[1:] if not word.startswith("-")]
    if statement.program == "npm" and plain in (["ci"], ["install"]):
        return _npm(recipe, fat, statement)
    if statement.program in {"npm", "yarn"} and plain[:1] == ["cache"]:
        return Read()
    installed = installation(statement)
    packages = (*installed.build, *installed.runtime) if installed is not None else ()
    if is_housekeeping(statement) or (packages and not any("/" in one or one.endswith(".deb") for one in packages)):
        return Read()
    return None


_LOCAL = frozenset((".", "--editable"))
# Variables that may name a file of the context.
_SETTINGS = re.compile(
    r"(?:PIP|UV)_(?:CONSTRAINT|CONFIG_FILE|REQUIREMENT|FIND_LINKS|TARGET|PREFIX|SRC|BUILD_CONSTRAINT)|"
    r"npm_config_(?:\w*config|prefix|cache)|PYTHONPATH|PYTHONSTARTUP|NODE_OPTIONS|NODE_PATH",
    re.IGNORECASE,
)
_INDEXES = frozenset(("-i", "--index-url", "--extra-index-url", "--trusted-host", "--timeout", "--retries"))
_LOCAL_OPTIONS = ("-e", "--find-links", "-f", "--target", "-t", "--prefix", "--root", "--src", "--log")


def _pip(recipe: Recipe, fat: Fat, statement: Statement) -> Read | None:
    files: list[str] = []
    whole = True
    words = iter(word or "" for word in statement.operands)
    for word in words:
        if word in {"-r", "--requirement", "-c", "--constraint"}:
            name = fat.landed.get(statement.path(next(words, "")) or "")
            if name is None:
                return None
            files.append(name)
            text = recipe.project.text(name) or ""
            whole = whole and not any(_names_a_file(line) for line in text.splitlines())
        elif word in _INDEXES:
            next(words, None)
        elif word in _LOCAL or word.startswith(_LOCAL_OPTIONS) or _is_local(fat, statement, word):
            return None
    settled = not any(name.endswith(("pip.conf", "pip.ini")) for name in fat.landed.values())
    settled = settled and not any(_SETTINGS.match(name) for name in statement.variables)
    return Read(tuple(files), whole and settled)


def _names_a_file(line: str) -> bool:
    """Whether a line of a list of packages names a file: an option, a path, or an address of a file."""
    text = line.partition(" #")[0].strip()
    return not text.startswith("#") and (
        text.startswith(("-", ".", "file:")) or "file:" in text or ("/" in text and "://" not in text)
    )


def _is_local(fat: Fat, statement: Statement, word: str) -> bool:
    """Whether a word is a path or an address, or a wheel or an archive of the context."""
    return ("/" in word and word[0] != "-") or fat.landed.get(statement.path(word) or "") is not None


_SCRIPTS = ("preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare")


def _ignores_modules(recipe: Recipe, folder: str) -> bool:
    """Whether node_modules of a folder is no part of the context, or will not be with the ignore file of the patch."""
    text = recipe.project.text(f"{recipe.path}.dockerignore")
    text = recipe.project.text(".dockerignore") if text is None else text
    if text is None:
        changes = (one.change for one in ignore_file(recipe))
        text = next((one.files.get(".dockerignore", "") for one in changes if one is not None), "")
    return IgnoreRules.parse(text).excludes(posixpath.join(folder, "node_modules", "x"))


def _npm(recipe: Recipe, fat: Fat, statement: Statement) -> Read | None:
    names = ("package.json", "package-lock.json", "npm-shrinkwrap.json", ".npmrc")
    known = {name: fat.landed.get(posixpath.join(statement.folder, name)) for name in names}
    if known["package.json"] is None:
        return None
    files = [name for name in known.values() if name is not None]
    try:
        package = json.loads(recipe.project.text(known["package.json"]) or "{}")
    except ValueError:
        return None
    if not isinstance(package, dict):
        return None
    scripts = package.get("scripts") if isinstance(package.get("scripts"), dict) else {}
    own = json.dumps([package.get(key) for key in ("dependencies", "devDependencies", "optionalDependencies")])
    # Scripts of the package itself, workspaces and packages of the context read more than the list.
    more = any(name in (scripts or {}) for name in _SCRIPTS) or "workspaces" in package or "file:" in own
    if more or "binding.gyp" in fat.landed.values():
        return None
    modules = posixpath.join(statement.folder, "node_modules/")
    # On somebody's own machine the COPY would lay what is installed there over what was installed here.
    settled = _ignores_modules(recipe, posixpath.dirname(files[0]))
    settled = settled and not any(_SETTINGS.match(name) for name in statement.variables)
    locked = known["package-lock.json"] is not None or known["npm-shrinkwrap.json"] is not None
    return Read(tuple(files), settled and locked and not any(path.startswith(modules) for path in fat.landed))


def _reordered(recipe: Recipe, runs: Sequence[Run], copied: Brought, line: str) -> Change | None:
    """The list of dependencies, the RUNs, and then the COPY, which brings no file that they read or write."""
    copy = copied.copy
    source = recipe.source
    pieces = [copy.instruction, *(run.instruction for run in runs)]
    between = [source.text[one.span.end : other.span.start] for one, other in pairwise(pieces)]
    system = any(_SYSTEM.match(landing.path) for landing in copied.landings or ())
    if copy.instruction.flags or copy.is_add or system or any(text.strip() for text in between):
        return None
    if any(run.instruction.flags for run in runs):
        return None
    newline = "\r\n" if "\r\n" in between[0] else "\n"
    span = source.span(copy.instruction.span.start, runs[-1].instruction.span.end)
    head = [line] if line else []
    text = newline.join([*head, *(run.text for run in runs), copy.instruction.span.text])
    return Change((Edit(span, text),), safe=True)


# --- caches of builds ------------------------------------------------------------------------------------------------

_MOUNTS = (
    (("go",), ("build", "install", "test"), "/root/.cache/go-build"),
    (("cargo",), ("build", "install"), "/usr/local/cargo/registry"),
    (("mvn", "mvnw"), (), "/root/.m2"),
    (("gradle", "gradlew"), (), "/root/.gradle"),
    (("dotnet",), ("restore", "publish", "build"), "/root/.nuget/packages"),
    (("npm",), ("ci", "install"), "/root/.npm"),
    (("composer",), ("install",), "/tmp/cache"),
)


def mounts(recipe: Recipe) -> Iterator[Advice]:
    """Builds in stages that are not shipped, or are about to be split, that begin from nothing each time."""
    told: set[tuple[int, str]] = set()
    for run in recipe.runs:
        if any(flag.name == "mount" for flag in run.instruction.flags):
            continue
        for one in run.commands:
            verb = next((word for word in one.operands if word and not word.startswith("-")), "")
            for programs, verbs, target in _MOUNTS:
                fits = one.program in programs and (not verbs or verb in verbs)
                # What is shipped has no cache to begin with: there the advice is to remove it.
                fits = fits and not (one.program == "npm" and run.stage in recipe.shipped)
                if fits and (run.stage, target) not in told:
                    told.add((run.stage, target))
                    yield Advice(rules.CACHE_MOUNT.at(one.span.original, command=_short(one), target=target))
