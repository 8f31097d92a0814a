"""What package managers leave in an image: lists, archives and caches, and packages that nobody asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.advise.advice import Advice, Change
from migrator.advise.recipe import is_posix
from migrator.dockerfile.edit import Edit
from migrator.rules import advice as rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.advise.recipe import Recipe, Run
    from migrator.source import Span
    from migrator.split.statements import Statement

_HOME = r"/(?:root|home/[^/]+)?"


@dataclass(frozen=True)
class Manager:
    """One package manager: how its work looks, what it leaves, and what removes that in the same RUN.

    `kept` says by the text of a RUN that nothing is to be done. With `option` the removal is a word behind the verb,
    else `behind` is a command. `needs` says by the text of a later RUN that it may need what is removed; `places` are
    the folders that it is in.
    """

    name: str
    verbs: tuple[tuple[str, ...], ...]
    what: str
    kept: str
    paths: str
    says: frozenset[str]
    option: str = ""
    behind: str = ""
    needs: str = ""
    itself: str = ""
    places: tuple[str, ...] = ()


MANAGERS = (
    Manager(
        "apt",
        (("apt-get", "update"), ("apt", "update"), ("aptitude", "update")),
        "the lists of packages (/var/lib/apt/lists)",
        r"/var/lib/apt",
        r"/var/lib/apt/lists/.*",
        frozenset({"DL3009"}),
        behind="rm -rf /var/lib/apt/lists/*",
        needs=r"\bapt(?:-get|itude|-cache)?\b",
        itself=r"\bapt(?:-get|itude)?\s+(?:-\S+\s+)*update\b",
        places=("/var/lib/apt",),
    ),
    Manager(
        "apk",
        (("apk", "add"),),
        "its index (/var/cache/apk)",
        r"--no-cache|/var/cache/apk|--root\b|--cache-dir",
        r"/var/cache/apk/.*|/(?:usr/)?lib/apk/db/.*|/etc/apk/.*",
        frozenset({"DL3019"}),
        option="--no-cache",
        needs=r"\bapk\s+(?:-\S+\s+)*(?:search|info|policy|version|fetch|upgrade)\b",
        places=("/var/cache/apk", "/lib/apk", "/usr/lib/apk", "/etc/apk"),
    ),
    *(
        Manager(
            name,
            ((name, "install"), (name, "update"), (name, "upgrade"), (name, "groupinstall")),
            f"what it has downloaded (/var/cache/{'yum' if name == 'yum' else 'dnf'})",
            r"\bclean\s+(?:all|packages|metadata)\b|/var/cache",
            r"/var/cache/(?:yum|dnf|libdnf5)/.*|/var/lib/(?:dnf|yum)/.*|/var/log/.*",
            frozenset({code}),
            behind=f"{name} clean all",
            needs=rf"\b{name}\b.*(?:\s-C\b|--cacheonly)",
            places=("/var/cache", "/var/lib/dnf", "/var/lib/yum", "/var/log"),
        )
        for name, code in (("dnf", "DL3040"), ("yum", "DL3032"), ("microdnf", "DL3040"))
    ),
    Manager(
        "pip",
        (
            ("pip", "install"),
            ("pip3", "install"),
            ("python", "-m", "pip", "install"),
            ("python3", "-m", "pip", "install"),
        ),
        "what it has downloaded and built (.cache/pip)",
        r"--no-cache-dir|PIP_NO_CACHE_DIR|\.cache|--cache-dir",
        rf"{_HOME}/?\.cache(?:/pip(?:/.*)?)?",
        frozenset({"DL3042"}),
        option="--no-cache-dir",
        needs=r"\bpip3?\s+cache\b|\.cache/pip",
        places=("/root", "/home"),
    ),
    Manager(
        "npm",
        (("npm", "ci"), ("npm", "install"), ("npm", "i")),
        "what it has downloaded (.npm)",
        r"npm\s+cache\s+(?:clean|rm)|\.npm\b",
        rf"{_HOME}/?\.npm(?:/.*)?",
        frozenset(),
        behind="npm cache clean --force",
        needs=r"--(?:prefer-)?offline|\.npm\b",
        places=("/root", "/home"),
    ),
    Manager(
        "yarn",
        (("yarn",), ("yarn", "install")),
        "what it has downloaded",
        r"yarn\s+cache\s+clean|cache-folder",
        rf"/usr/local/share/\.cache(?:/.*)?|{_HOME}/?\.cache(?:/.*)?|(?:/var)?/tmp/.*",
        frozenset({"DL3060"}),
        behind="yarn cache clean",
        needs=r"--(?:prefer-)?offline|cache-folder",
        places=("/usr/local/share/.cache", "/root", "/home", "/tmp", "/var/tmp"),
    ),
)


def caches(recipe: Recipe) -> Iterator[Advice]:
    """Every RUN of the shipped stages whose package manager leaves something that nobody needs again."""
    for run in recipe.runs:
        if run.stage not in recipe.shipped:
            continue
        ends: list[str] = []
        for manager in MANAGERS:
            found = [one for one in run.commands if _is(one, manager.verbs)]
            if not found or re.search(manager.kept, run.text) or _set_elsewhere(recipe, run, manager):
                continue
            if manager.name == "apt" and not any(_verb(one) == "install" for one in run.commands):
                continue  # a RUN that only updates belongs to the one that installs
            change = _change(recipe, run, manager, found, ends)
            how = f"`{manager.option or manager.behind}` does it."
            told = rules.CACHES_KEPT.at(found[0].span.original, program=manager.name, what=manager.what, how=how)
            yield Advice(told, change, manager.says)


def _is(statement: Statement, verbs: tuple[tuple[str, ...], ...]) -> bool:
    words = [word for word in statement.words if word is None or not word.startswith("-") or word == "-m"]
    program = [statement.program, *words[1:]]
    # `yarn` alone installs; with a word behind it that word says what it does.
    return any(program == [*verb] if verb == ("yarn",) else tuple(program[: len(verb)]) == verb for verb in verbs)


def _set_elsewhere(recipe: Recipe, run: Run, manager: Manager) -> bool:
    """Whether a variable, or a file of settings that the context has, says how the cache is kept."""
    if manager.name == "pip":
        return "PIP_NO_CACHE_DIR" in run.state.variables or "PIP_CACHE_DIR" in run.state.variables
    if manager.name == "yarn":
        return _is_new_yarn(recipe) or "corepack" in recipe.source.text
    return manager.name == "npm" and any("npm_config_cache" in name.lower() for name in run.state.variables)


def _is_new_yarn(recipe: Recipe) -> bool:
    """Whether the packages are for a yarn whose programs may read them from its cache: every one since 2."""
    for name in recipe.project.files:
        base = name.rpartition("/")[2]
        if base in {".yarnrc.yml", ".pnp.cjs"}:
            return True
        sign = {"yarn.lock": r"^__metadata:", "package.json": r'"packageManager"\s*:\s*"yarn@(?!1\.)'}.get(base)
        if sign is not None and re.search(sign, recipe.project.text(name) or "", re.MULTILINE):
            return True
    return False


def _change(recipe: Recipe, run: Run, manager: Manager, found: list[Statement], ends: list[str]) -> Change | None:
    """The edits for a RUN; None where something that comes later may miss what is removed."""
    if not run.plain or not is_posix(recipe, run.stage) or any(flag.name == "mount" for flag in run.instruction.flags):
        return None
    if manager.option:
        edits = [_word(one, manager) for one in found]
        if manager.name == "apk":
            edits += _updates(run)
        if None in edits:
            return None
        made = tuple(one for one in edits if one is not None)
    elif ends:
        return None  # one end of a RUN, one command: the next run of the advice has the other
    else:
        # A program of its own may be gone at the end of the RUN; `rm` never is.
        last = run.commands[-1] if manager.name == "apt" else found[-1]
        ends.append(manager.behind)
        made = (Edit(*_behind(recipe, run, last, manager.behind)),)
    if any(_overlap(place, path) for path in recipe.taken(run) for place in manager.places):
        return None
    if not all(_does_without(recipe, later, manager) for later in recipe.later(run)):
        return None
    if re.search(manager.needs, recipe.started):
        return None
    return Change(made, safe=True, differs=manager.what, paths=manager.paths)


def _overlap(one: str, other: str) -> bool:
    """Whether one of two paths is, or may be, the other or below it."""
    return one.startswith(other) or other.startswith(f"{one}/")


def _word(statement: Statement, manager: Manager) -> Edit | None:
    """The option behind the verb of a command."""
    verb = "add" if manager.name == "apk" else "install"
    span = statement.span.original
    match = re.search(rf"(?<=\s){verb}(?=\s)", span.text)
    if match is None:
        return None
    at = span.start + match.end()
    return Edit(span.source.span(at, at), f" {manager.option}")


def _updates(run: Run) -> Iterator[Edit]:
    """`apk update &&` in front of `apk add`, which fetches the index by itself then."""
    for one, following in zip(run.commands, run.commands[1:], strict=False):
        if one.words != ("apk", "update") or _verb(following) != "add":
            continue
        start, end = one.span.original, following.span.original
        between = start.source.text[start.end : end.start]
        if re.fullmatch(r"\s*&&(?:\s|\\\r?\n)*|(?:\s|\\\r?\n)*&&\s*", between):
            yield Edit(start.source.span(start.start, end.start), "")


def _verb(statement: Statement) -> str | None:
    return next((word for word in statement.operands if word is not None and not word.startswith("-")), None)


def _behind(recipe: Recipe, run: Run, last: Statement, command: str) -> tuple[Span, str]:
    """The place behind a command of a RUN, and a further one as it is written there."""
    end = last.span.original.end
    source = recipe.source
    lines = run.text.splitlines()
    glue = " && "
    if len(lines) > 1:
        indent = re.match(r"\s*", lines[1])
        newline = "\r\n" if "\r\n" in run.text else "\n"
        glue = f" {recipe.dockerfile.escape}{newline}{indent[0] if indent and indent[0] else '    '}&& "
    return source.span(end, end), f"{glue}{command}"


def _does_without(recipe: Recipe, later: Run, manager: Manager) -> bool:
    """Whether a later RUN does not need what the package manager left, as far as all of it is known."""
    text = recipe.spoken(later)
    if text is None:
        return False
    need = re.search(manager.needs, text)
    if need is None:
        return True
    own = re.search(manager.itself, text) if manager.itself else None
    return own is not None and own.start() <= need.start()


def recommends(recipe: Recipe) -> Iterator[Advice]:
    """Installations by apt that take along what packages recommend."""
    for run in recipe.runs:
        if run.stage not in recipe.shipped:
            continue
        for one in run.commands:
            quiet = "--no-install-recommends" in one.words or "Install-Recommends" in run.text
            if one.program not in {"apt-get", "apt"} or _verb(one) != "install" or quiet:
                continue
            span = one.span.original
            match = re.search(r"(?<=\s)install(?=\s)", span.text)
            change = None
            if match is not None and one.chained:
                at = span.start + match.end()
                change = Change((Edit(span.source.span(at, at), " --no-install-recommends"),), differs="packages")
            yield Advice(rules.RECOMMENDS.at(span), change, frozenset({"DL3015"}))
