"""The order of COPY: RUNs that read only a part of what is copied in front of them, or nothing of it."""

from __future__ import annotations

import json
import posixpath
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from migrator.advise.advice import Advice, Change
from migrator.advise.ignoring import ignore_file
from migrator.advise.recipe import is_posix, shown
from migrator.dockerfile.edit import Edit, copy_line, literal, source_word
from migrator.dockerfile.ignore import IgnoreRules
from migrator.project import Kind
from migrator.rules import advice as rules
from migrator.split.landings import Landing
from migrator.split.packages import installation, is_housekeeping

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from migrator.advise.recipe import Recipe, Run
    from migrator.split.fat import Fat
    from migrator.split.landings import Brought
    from migrator.split.statements import Statement

# A COPY to such a place may change what a RUN behind it does.
_SYSTEM = re.compile(r"/(?:[^/]+$|(?:etc|usr/(?!src/)|lib\w*|s?bin|var/(?!www/)|root|tmp)/)")
_MANY = 3


def orders(recipe: Recipe) -> Iterator[Advice]:
    """A COPY of everything in front of RUNs that read only the list of dependencies, or nothing of it."""
    for part in recipe.parts:
        for copied in part.brought:
            if len(copied.landings or ()) < _MANY or not is_posix(recipe, part.number):
                continue
            group = _readers(recipe, part, copied)
            if not group:
                continue
            files = tuple(dict.fromkeys(one for _, read in group for one in read.files))
            landed = set(copied.landings or ())
            if not set(files) <= landed or len(files) == len(landed):
                continue
            lines, fixed = _lines(group[0][0], files, copied)
            first = " and ".join(f"`{line}`" for line in lines)
            how = f"Copy what it reads first: {first}, then the RUN, then the rest." if lines else "Copy behind it."
            whole = fixed and all(read.whole for _, read in group)
            change = _reordered(recipe, [run for run, _ in group], copied, lines) if whole else None
            last = next((run for run, read in reversed(group) if read.files), group[-1][0])
            reader = next(
                (one for one in last.commands if (_read_by_command(recipe, _landed(part, last), one) or Read()).files),
                last.commands[-1],
            )
            told = rules.COPY_ORDER.at(
                last.instruction.span,
                command=shown(reader),
                files=", ".join(one.source for one in files) or "nothing of it",
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


def _lines(run: Run, files: Sequence[Landing], copied: Brought) -> tuple[list[str], bool]:
    """The lines that copy files to where a COPY puts them, one a folder; and whether they hold for all arguments."""
    folders: dict[str, list[str]] = {}
    for one in files:
        folders.setdefault(posixpath.dirname(one.path), []).append(one.source)
    lines = []
    fixed = not any("$" in one.text for one in copied.copy.sources)
    for folder, names in folders.items():
        inside = posixpath.relpath(folder, run.state.workdir)
        below = not inside.startswith("..")
        fixed = fixed and (below or "$" not in copied.copy.destination.text)
        place = f"./{inside}/" if below and inside != "." else "./" if below else f"{folder.rstrip('/')}/"
        lines.append(copy_line([source_word(name) for name in names], literal(place)))
    return lines, fixed


@dataclass(frozen=True)
class Read:
    """The files of the context that a RUN reads, and whether that is certainly all."""

    files: tuple[Landing, ...] = ()
    whole: bool = True


def _landed(fat: Fat, run: Run) -> dict[str, str]:
    """The files of the context that are in the image when a RUN begins: path to name."""
    before = (each for each in fat.brought if each.index < run.index)
    return {one.path: one.source for each in before for one in each.landings or ()}


def _read_by(recipe: Recipe, run: Run) -> Read | None:
    """What a RUN reads of the context; None where that is not known."""
    landed = _landed(recipe.parts[run.stage], run)
    # With another argument it may read another file.
    found = Read(whole=not re.search(r"[$`]", run.text))
    for one in run.commands if run.plain else ():
        read = _read_by_command(recipe, landed, one)
        if read is None or one.writes:
            return None
        found = Read((*found.files, *read.files), found.whole and read.whole)
    return found if run.plain else None


def _read_by_command(recipe: Recipe, landed: Mapping[str, str], statement: Statement) -> Read | None:
    words = [word or "" for word in statement.words]
    if statement.program.startswith("pip") and "install" in words:
        return _pip(recipe, landed, statement)
    plain = [word for word in words[1:] if not word.startswith("-")]
    if statement.program == "npm" and plain in (["ci"], ["install"]):
        return _npm(recipe, landed, statement)
    if statement.program in {"npm", "yarn"} and plain[:1] == ["cache"]:
        return Read()
    if is_housekeeping(statement):
        return Read()
    installed = installation(statement)
    packages = (*installed.build, *installed.runtime) if installed is not None else ()
    from_files = any("/" in word or word.endswith(_PACKAGES) for word in words[1:])
    return Read() if packages and not from_files else None


_PACKAGES = (".deb", ".apk", ".rpm")
_LOCAL = frozenset(("--editable",))
# Variables that may name a file of the context.
_SETTINGS = re.compile(
    r"(?:PIP|UV)_(?:CONSTRAINT|CONFIG_FILE|REQUIREMENT|FIND_LINKS|TARGET|PREFIX|SRC|BUILD_CONSTRAINT)|"
    r"npm_config_(?:\w*config|prefix|cache)|PYTHONPATH|PYTHONSTARTUP|NODE_OPTIONS|NODE_PATH",
    re.IGNORECASE,
)
_LISTS = re.compile(r"(?:-[rc]|--(?:requirement|constraint)=)(?P<name>.+)|-[rc]|--requirement|--constraint")
_INDEXES = frozenset(("-i", "--index-url", "--extra-index-url", "--trusted-host", "--timeout", "--retries"))
_LOCAL_OPTIONS = ("-e", "--find-links", "-f", "--target", "-t", "--prefix", "--root", "--src", "--log")
_ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar")


def _pip(recipe: Recipe, landed: Mapping[str, str], statement: Statement) -> Read | None:
    files: list[Landing] = []
    whole = True
    words = iter(word or "" for word in statement.operands)
    for word in words:
        listed = _LISTS.fullmatch(word)
        if listed is not None:
            path = statement.path(listed["name"] or next(words, "")) or ""
            name = landed.get(path)
            if name is None:
                return None
            files.append(Landing(name, path))
            text = recipe.project.text(name) or ""
            whole = whole and recipe.project.files[name] is not Kind.LINK
            whole = whole and not any(_names_a_file(line) for line in text.splitlines())
        elif word in _INDEXES:
            next(words, None)
        elif word in _LOCAL or word.startswith(_LOCAL_OPTIONS) or _is_local(landed, statement, word):
            return None
        else:
            whole = whole and not re.search(r"[*?]", word)
    settled = not any(name.endswith(("pip.conf", "pip.ini")) for name in landed.values())
    settled = settled and not any(_SETTINGS.match(name) for name in statement.variables)
    return Read(tuple(files), whole and settled)


def _names_a_file(line: str) -> bool:
    """Whether a line of a list of packages names a file: an option, a path, or an address of a file."""
    text = line.partition(" #")[0].partition(";")[0].strip()
    return not text.startswith("#") and (
        text.startswith(("-", "."))
        or "file:" in text
        or ("/" in text and "://" not in text)
        or text.endswith((*_ARCHIVES, "\\"))
    )


def _is_local(landed: Mapping[str, str], statement: Statement, word: str) -> bool:
    """Whether a word, or the value of an option, is a path or an address, or a wheel or an archive of the context."""
    value = word.partition("=")[2] if word.startswith("--") else "" if word.startswith("-") else word
    if word.startswith("--") and word.partition("=")[0] in _INDEXES:
        return False
    outside = "/" in value or value.startswith(".") or value.endswith(_ARCHIVES)
    return bool(value) and (outside or landed.get(statement.path(value) or "") is not None)


_SCRIPTS = ("preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare")
# What an option of npm may say without that it reads another file, or is about another folder.
_PLAIN_OPTION = re.compile(
    r"-[sqd]|--(?:production|no-[\w-]+|silent|quiet|verbose|legacy-peer-deps|ignore-scripts|unsafe-perm|force|"
    r"(?:omit|include|only|loglevel|audit|fund|progress|optional|production|maxsockets|registry)=\S+)"
)


def _ignores_modules(recipe: Recipe, folder: str) -> bool:
    """Whether node_modules of a folder is no part of the context, or will not be with the ignore file of the patch."""
    text = recipe.project.text(f"{recipe.path}.dockerignore")
    text = recipe.project.text(".dockerignore") if text is None else text
    if text is None:
        changes = (one.change for one in ignore_file(recipe))
        text = next((one.files.get(".dockerignore", "") for one in changes if one is not None), "")
    return IgnoreRules.parse(text).excludes(posixpath.join(folder, "node_modules", "x"))


def _npm(recipe: Recipe, landed: Mapping[str, str], statement: Statement) -> Read | None:
    names = ("package.json", "package-lock.json", "npm-shrinkwrap.json", ".npmrc")
    paths = {name: posixpath.join(statement.folder, name) for name in names}
    files = tuple(Landing(landed[path], path) for path in paths.values() if path in landed)
    options = [word or "" for word in statement.operands if (word or "-").startswith("-")]
    if paths["package.json"] not in landed or not all(_PLAIN_OPTION.fullmatch(word) for word in options):
        return None
    try:
        package = json.loads(recipe.project.text(landed[paths["package.json"]]) or "{}")
    except ValueError:
        return None
    if not isinstance(package, dict):
        return None
    scripts = package.get("scripts") if isinstance(package.get("scripts"), dict) else {}
    # Scripts of the package itself, workspaces and packages of the context read more than the list.
    more = any(name in (scripts or {}) for name in _SCRIPTS) or "workspaces" in package or _takes_own(package)
    if more or any(posixpath.basename(name) == "binding.gyp" for name in landed.values()):
        return None
    locks = [landed[paths[name]] for name in names[1:3] if paths[name] in landed]
    if any(_OWN_PACKAGE.search(recipe.project.text(name) or "") for name in locks):
        return None
    modules = posixpath.join(statement.folder, "node_modules/")
    # On somebody's own machine the COPY would lay what is installed there over what was installed here.
    settled = _ignores_modules(recipe, posixpath.dirname(files[0].source))
    settled = settled and not any(_SETTINGS.match(name) for name in statement.variables)
    settled = settled and all(recipe.project.files[one.source] is not Kind.LINK for one in files)
    # `npm install` may write both lists anew, and the COPY would bring the old ones back.
    settled = settled and "ci" in statement.operands and bool(locks)
    return Read(files, settled and not any(path.startswith(modules) for path in landed))


_OWN_PACKAGE = re.compile(r'"(?:resolved|version)"\s*:\s*"(?:file:|\.)|"link"\s*:\s*true')


def _takes_own(package: dict[str, object]) -> bool:
    """Whether package.json names a folder or an archive of the context as a package."""
    kinds = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies", "overrides")
    values = [one for kind in kinds for one in _leaves(package.get(kind))]
    return any(one.startswith(("file:", "link:", ".", "/", "~/")) or _is_archive(one) for one in values)


def _is_archive(value: str) -> bool:
    return value.endswith((".tgz", ".tar.gz", ".tar")) and "://" not in value


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)


def _reordered(recipe: Recipe, runs: Sequence[Run], copied: Brought, lines: Sequence[str]) -> Change | None:
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
    text = newline.join([*lines, *(run.text for run in runs), copy.instruction.span.text])
    return Change((Edit(span, text),), safe=True)
