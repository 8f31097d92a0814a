"""Programs of the repository that a script runs: what their text is by then, and whether they build images unseen."""

from __future__ import annotations

import json
import posixpath
import re
from typing import TYPE_CHECKING

from migrator.commands.base import file_text
from migrator.rules import script as rules
from migrator.trace.images import CopyStep, Extended
from migrator.trace.symbols import is_known
from migrator.trace.workspace import Carried, Folder, Mystery, RepoFile, Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrator.commands.base import Invocation, Shell
    from migrator.source import Span
    from migrator.trace.images import Image

_LONGEST = 1 << 20
# A docker command that makes an image, in any language: in one line, as words or as a list of strings.
_MAKES_IMAGES = re.compile(
    r"""\b(?:docker|podman|nerdctl|buildah)\b[^\n#]{0,60}?\b(?:build|buildx|bud|commit|import|load)\b|\bimages\.build\("""
)
_INTERPRETERS = re.compile(
    r"(?:python[\d.]*|node|nodejs|ruby|perl|php|deno|bun|tsx|ts-node|groovy|lua|Rscript|pwsh|bash|sh)"
)
_RULE = re.compile(r"^([^\s#:=][^:=\n]*)::?(?!=)([^\n;]*)((?:;[^\n]*)?(?:\n(?:\t[^\n]*|[ ]*))*)", re.MULTILINE)
_RUNNERS = ("npm", "yarn", "pnpm")
_MAKES = ("make", "gmake")
_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")


def script_text(shell: Shell, path: str, span: Span) -> str | None:
    """The text of a script at a host path when it can be known.

    A command that is not understood may have changed every file; that it changed a script of the repository's is not
    taken to be so, and said. The same for a checkout that a container had mounted, and for a folder around the script
    of which nothing is known any more.
    """
    text = file_text(shell, path)
    own = path.removeprefix(f"{shell.root}/")
    if text is not None or own == path or own not in shell.project.files or not _is_as_checked_out(shell, path, own):
        return text
    text = shell.project.text(own)
    if text is not None:
        shell.note(rules.SCRIPT_AS_CHECKED_OUT.at(span, file=own))
    return text


def _is_as_checked_out(shell: Shell, path: str, own: str) -> bool:
    workspace = shell.state.workspace
    node = workspace.find(path)
    if isinstance(node, Carried):
        return _was_mounted(node.image, node.path, own)
    if not isinstance(node, Mystery):
        return False
    if workspace.before is None or node.because != workspace.taint:
        return workspace.find(posixpath.dirname(path)) is node  # it is the folder that something was done to
    before = workspace.before.find(path)
    return isinstance(before, RepoFile) and before.path == own


def _was_mounted(image: Image, place: str, own: str) -> bool:
    """Whether a path of an image is where the checkout's file came to lie when the checkout was mounted."""
    if not isinstance(image, Extended):
        return False
    for step in image.steps:
        if isinstance(step, CopyStep) and isinstance(step.node, Folder):
            found = Workspace(step.node).find(place.removeprefix(step.destination.rstrip("/")))
            if place.startswith(step.destination.rstrip("/") + "/") and isinstance(found, RepoFile):
                return found.path == own
    return _was_mounted(image.base, place, own)


def may_build(shell: Shell, pattern: str) -> str | None:
    """The first file of the checkout with a path that matches a regular expression and a text that makes images."""
    for name in shell.project.files:
        if re.fullmatch(pattern, f"{shell.root}/{name}") and _MAKES_IMAGES.search(shell.project.text(name) or ""):
            return name
    return None


def that_builds(call: Invocation) -> str | None:
    """The file of the repository by which a command that is not modelled makes images, as far as its text shows."""
    return next((name for name, text in _texts(call) if _MAKES_IMAGES.search(text)), None)


def _texts(call: Invocation) -> Iterator[tuple[str, str]]:
    """What a command runs of the repository: the program itself, what an interpreter reads, or a task of a tool."""
    name = posixpath.basename(call.words[0])
    arguments = [word for word in call.words[1:] if is_known(word)]
    if name in _MAKES:
        yield from _recipes(call, arguments)
    elif name in _RUNNERS:
        yield from _tasks(call, arguments)
    elif _INTERPRETERS.fullmatch(name):
        yield from _file(call, next((word for word in arguments if not word.startswith("-")), ""))
    elif "/" in call.words[0]:
        yield from _file(call, call.words[0])


def _file(call: Invocation, word: str) -> Iterator[tuple[str, str]]:
    own = call.path(word).removeprefix(f"{call.shell.root}/") if word else ""
    text = call.shell.project.text(own) if own in call.shell.project.files else None
    if text is not None and len(text) <= _LONGEST:
        yield own, text


def _tasks(call: Invocation, arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    wanted = {word for word in arguments if not word.startswith("-")}
    for own, text in _file(call, "package.json"):
        try:
            scripts = json.loads(text).get("scripts")
        except (ValueError, AttributeError):
            continue
        for task, line in scripts.items() if isinstance(scripts, dict) else ():
            if {task, task.removeprefix("pre"), task.removeprefix("post")} & wanted:
                yield own, str(line)


def _recipes(call: Invocation, arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The recipes of the goals of a make, with those of what they depend on; of the first one without a goal."""
    folder, files, goals = ".", list(_MAKEFILES), []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word in ("-C", "--directory", "-f", "--file", "--makefile") and rest:
            value = rest.pop(0)
            folder, files = (value, files) if word in ("-C", "--directory") else (folder, [value])
        elif not word.startswith("-") and "=" not in word:
            goals.append(word)
    for name in files:
        for own, text in _file(call, posixpath.join(folder, name)):
            yield from ((own, recipe) for recipe in _reached(text.replace("\\\n", " "), goals))
            return


def _reached(text: str, goals: Sequence[str]) -> Iterator[str]:
    rules_: dict[str, tuple[list[str], str]] = {}
    for found in _RULE.finditer(text):
        for target in found[1].split():
            before = rules_.get(target, ([], ""))
            rules_[target] = (before[0] + found[2].split(), before[1] + found[3])
    pending = list(goals) or [target for target in rules_ if not target.startswith(".")][:1]
    seen: set[str] = set()
    while pending:
        target = pending.pop()
        if target not in seen and target not in rules_:
            seen.add(target)
        elif target not in seen:
            seen.add(target)
            pending += rules_[target][0]
            yield rules_[target][1]


def note_builders(call: Invocation) -> None:
    """Says so where a command that is not modelled makes images: a trace without them would be wrong."""
    file = that_builds(call)
    if file is not None:
        call.shell.note(rules.PROGRAM_BUILDS.at(call.span, file=file))
