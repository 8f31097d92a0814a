"""What goes where: the steps of the builder, what is carried out of it, and what the runtime stage keeps."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from migrator.dockerfile.edit import source_word
from migrator.rules import split as rules
from migrator.split.bases import is_toolchain
from migrator.split.command import SHELLS, Runs, class_files, runs, started
from migrator.split.fat import is_unknown
from migrator.split.makers.interpreted import LANGUAGES, named_packages
from migrator.split.makers.made import Made
from migrator.split.sources import only_for_build
from migrator.split.steps import Step, steps
from migrator.verify.entry import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from migrator.diagnostics import Diagnostic
    from migrator.split.development import Prune
    from migrator.split.fat import Fat
    from migrator.split.image import Look

Rung = Literal["same", "slim", "scratch", "distroless"]
# What is done to files that are there already, and may be done to them twice.
_SHAPERS = frozenset(("chmod", "chown", "chgrp", "ln", "setcap"))
_OF_BASE = re.compile(r"(?:python|pip)[\d.]*$")
_ARGUMENT_LISTS = ":"


@dataclass(frozen=True)
class Carried:
    """A path that is copied out of the builder, and why; `ending` marks a folder whose content is meant."""

    path: str
    why: str
    folder: bool = False


@dataclass(frozen=True)
class Artifact:
    """What the image runs, and the command that makes it."""

    path: str
    made: Made
    folder: bool = False


@dataclass(frozen=True)
class Plan:
    """The split as decided, before it is written.

    `end` is the index of the last instruction that the builder has, `at` the one behind which the runtime takes what
    it needs out of the builder, -1 for FROM. `dropped` are indexes of instructions that the
    runtime does without, `texts` those that it has in another form. `left` are files that only the builder has.
    `prunes` is what the builder takes out again at its end, and `notes` what there is to say of it.
    """

    fat: Fat
    runs: Runs
    artifacts: tuple[Artifact, ...]
    steps: tuple[Step, ...]
    end: int
    at: int
    dropped: frozenset[int]
    texts: dict[int, str]
    carried: tuple[Carried, ...]
    left: tuple[str, ...]
    prunes: tuple[Prune, ...] = ()
    notes: tuple[Diagnostic, ...] = ()


def plan(fat: Fat, found: Sequence[str] = (), look: Look | None = None) -> Plan | Diagnostic:
    """What is to become of a Dockerfile; `look` is the image that it gives, where it was built.

    `found` are further paths that were seen to be needed from the builder.
    """
    told = runs(fat)
    if not isinstance(told, Runs):
        return told
    parts = steps(fat, seen=look is not None)
    if not isinstance(parts, tuple):
        return parts
    artifacts = tuple(_artifacts(fat, told, parts, look))
    artifacts += tuple(_installed(parts, {one.path for one in artifacts}, look)) if fat.site is None else ()
    if not artifacts and look is not None:
        makers = {path: index for path, index in _seen_makers(told, look) if fat.instructions[index].keyword == "RUN"}
        parts = steps(fat, seen=True, makes=makers.values())
        if not isinstance(parts, tuple):
            return parts
        artifacts = tuple(
            Artifact(path, Made("RUN", "", fat.instructions[index].span)) for path, index in makers.items()
        )
    if not artifacts:
        return _nothing_made(fat, told)
    builds = [step.index for step in parts if step.builds]
    end = max(builds)
    named = _named_files(fat, told)
    languages = {made.language for step in parts for made in step.made}
    if any(made.kind.startswith(("make", "ninja")) for step in parts for made in step.made):
        # make calls what it likes: a compiler whose sources are there, in all likelihood.
        languages |= {"go", "rust"}
    sources = only_for_build(fat, languages, named) | _of_site(fat, parts)
    dropped, carried = _copies(fat, sources, end)
    dropped |= {step.index for step in parts if step.text is None}
    wholes = tuple(f"{one.path}/" for one in artifacts if one.folder and one.made.language in LANGUAGES)
    # What a COPY brings into a folder that is carried whole comes with it.
    dropped |= {
        each.index
        for each in fat.brought
        if each.index <= end and each.landings and all(one.path.startswith(wholes) for one in each.landings)
    }
    texts = {
        step.index: step.text for step in parts if step.text is not None and step.text != step.instruction.span.text
    }
    whole = [Carried(one.path, one.made.kind, one.folder) for one in artifacts]
    whole += [one for one in carried if not any(one.path == other.path for other in whole)]
    whole += [one for one in _always(fat, parts, look) if fat.landed.get(one.path) not in sources]
    whole += _called(fat, parts)
    whole += [Carried(path, "seen in the image", _is_folder(look, path)) for path in found]
    if any(is_unknown(one.path) for one in whole):
        return rules.FOLDER_UNKNOWN.at(fat.stage.origin.span, image=fat.base)
    at = _place(parts, end, min([*dropped, end]))
    return Plan(fat, told, artifacts, parts, end, at, frozenset(dropped), texts, _merged(whole), tuple(sorted(sources)))


def workshops(fat: Fat, parts: Sequence[Step]) -> tuple[str, ...]:
    """The folders, each with a slash behind it, in which the pages of a site are made that a web server hands out.

    One that settings, variables or steps of the running image name may be handed out too, and is none.
    """
    if fat.site is None:
        return ()
    outputs = [output for step in parts for made in step.made if made.language == "node" for output in made.outputs]
    folders = tuple(f"{output.path}/" for output in outputs)
    others = [one.source for each in fat.brought for one in each.landings or () if not one.path.startswith(folders)]
    texts = [fat.project.text(source) or "" for source in others] + [step.text or "" for step in parts]
    texts += [one.value for one in fat.instructions if one.keyword in {"ENV", "VOLUME"}]
    return tuple(folder for folder in folders if not any(folder.rstrip("/") in text for text in texts))


def _of_site(fat: Fat, parts: Sequence[Step]) -> frozenset[str]:
    """The files of the context that only the pages of a site are made of: they land nowhere else."""
    folders = workshops(fat, parts)
    landings = [one for each in fat.brought for one in each.landings or ()]
    inside = {one.source for one in landings if folders and one.path.startswith(folders)}
    return frozenset(inside - {one.source for one in landings if folders and not one.path.startswith(folders)})


def _always(fat: Fat, parts: Sequence[Step], look: Look | None) -> Iterator[Carried]:
    """What goes into the running image whatever the command names."""
    shops = workshops(fat, parts)
    for step in parts:
        for made in step.made:
            for output in made.outputs:
                if f"{output.path}/" in shops:
                    continue
                if output.always and step.builds and (look is None or look.real(output.path) is not None):
                    yield Carried(output.path, made.kind, output.folder)


def _called(fat: Fat, parts: Sequence[Step]) -> Iterator[Carried]:
    """The programs that an interpreter's packages add beside it, where a step of the running image calls them."""
    for step in parts:
        for one in step.judged:
            added = [output for output in one.made.outputs if output.added] if one.made is not None else []
            names = named_packages(one.statement, fat) if added else frozenset()
            for later in parts:
                called = {kept.statement.program for kept in later.kept if later.index > step.index}
                yield from (Carried(f"{added[0].path}/{name}", "called later") for name in sorted(names & called))


def _place(parts: Sequence[Step], end: int, first: int) -> int:
    """Where the runtime takes things out of the builder: where the build ends, or before a step that shapes them."""
    for step in parts:
        shapes = any(one.statement.program in _SHAPERS or not one.statement.words for one in step.kept)
        if first <= step.index <= end and step.text is not None and shapes:
            return step.index - 1
    return end


def _artifacts(fat: Fat, told: Runs, parts: Sequence[Step], look: Look | None) -> Iterator[Artifact]:
    """What the command names and a step of the build makes, the last maker of each."""
    # What only shapes a file does not make it.
    outputs = [(output, made) for step in parts for made in step.made if made.language for output in made.outputs]
    seen: set[str] = set()
    served = [(fat.site, True)] if fat.site is not None else []
    for path, sure in [*_candidates(told), *served]:
        # What a COPY brings is no product, even where it lies in the folder that a build fills.
        vague = sure and path not in fat.landed
        fitting = ((output, made) for output, made in reversed(outputs) if output.holds(path))
        found = next((pair for pair in fitting if vague or not pair[0].folder), None)
        there = look is None or look.real(path) is not None
        if found is None or not there or is_unknown(path):
            continue
        output, made = found
        if output.added and (_OF_BASE.match(posixpath.basename(path)) or _is_of_base(look, path)):
            continue
        whole = output.folder and (output.whole or output.path == path)
        place = output.path if whole else path
        if place not in seen:
            seen.add(place)
            yield Artifact(place, made, whole)


def _is_folder(look: Look | None, path: str) -> bool:
    entry = look.files.get(path) if look is not None else None
    return entry is not None and entry.kind is Kind.FOLDER


def _is_of_base(look: Look | None, path: str) -> bool:
    return look is not None and look.makers is not None and look.makers.get(look.real(path) or path) is None


def _candidates(told: Runs) -> Iterator[tuple[str, bool]]:
    """The paths that the command's words may name, each with whether the word looks like a path or a program."""
    for statement in told.commands:
        for number, word in enumerate(started(statement)):
            if not word or word.startswith("-"):
                continue
            plain = "/" not in word
            if plain:
                for folder in (statement.variables.get("PATH") or "").split(":"):
                    yield posixpath.normpath(posixpath.join("/", folder, word)), number == 0
            if plain and number == 0:
                continue
            for part in word.split(_ARGUMENT_LISTS):
                place = statement.path(part) if part else None
                if place is not None:
                    yield place, not plain or "." in part
        yield from ((path, True) for path in class_files(statement))


def _seen_makers(told: Runs, look: Look) -> Iterator[tuple[str, int]]:
    """The paths that the command names, with the instruction that was seen to write them."""
    for path, sure in _candidates(told):
        number = (look.makers or {}).get(look.real(path) or path)
        if sure and number is not None and look.file(path) is not None:
            yield path, number


def _installed(parts: Sequence[Step], known: Collection[str], look: Look | None) -> Iterator[Artifact]:
    """What was installed for an interpreter, which loads of it what it likes."""
    found: dict[str, Made] = {}
    for step in parts:
        for made in step.made:
            if made.language in LANGUAGES:
                places = (output.path for output in made.outputs if output.always)
                found |= {path: made for path in places if look is None or look.real(path) is not None}
    inside = tuple(f"{path}/" for path in found)
    yield from (
        Artifact(path, made, folder=True)
        for path, made in found.items()
        if path not in known and not path.startswith(inside)
    )


def _nothing_made(fat: Fat, told: Runs) -> Diagnostic:
    words = started(told.commands[-1])
    program = (words[0] if words else None) or told.text
    if posixpath.basename(program) in SHELLS:
        program = told.text
    del fat
    return rules.MAKER_UNKNOWN.at(told.span, program=program)


def _named_files(fat: Fat, told: Runs) -> Iterator[str]:
    """The files of the context whose paths in the image the command names."""
    for path, _ in _candidates(told):
        for place, source in fat.landed.items():
            if place == path or place.startswith(f"{path}/"):
                yield source


def _copies(fat: Fat, sources: frozenset[str], end: int) -> tuple[set[int], list[Carried]]:
    """The COPYs that the runtime does without, and the paths that it takes out of the builder in place of them."""
    dropped: set[int] = set()
    carried: list[Carried] = []
    for each in fat.brought:
        if each.index > end:
            continue
        if is_toolchain(each.copy):
            dropped.add(each.index)
        if each.landings is None:
            continue
        only = [landing for landing in each.landings if landing.source in sources]
        if not only:
            continue
        dropped.add(each.index)
        kept = [landing.path for landing in each.landings if landing.source not in sources]
        gone = [landing.path for landing in only]
        carried += [
            Carried(path, f"COPY in line {each.copy.instruction.span.line}", folder)
            for path, folder in covered(kept, gone)
        ]
    return dropped, carried


def covered(kept: Sequence[str], gone: Sequence[str]) -> list[tuple[str, bool]]:
    """The fewest files and folders that hold all of `kept` and nothing of `gone`."""
    mixed = {folder for path in gone for folder in _above(path)}
    # The folder that all have in common is where the program works, and may hold what the build made.
    together = posixpath.commonpath([*kept, *gone]) if kept else "/"
    mixed |= {together, *_above(together)}
    found: dict[tuple[str, bool], None] = {}
    for path in kept:
        folders = [folder for folder in reversed(_above(path)) if folder not in mixed]
        found[(folders[0], True) if folders else (path, False)] = None
    return list(found)


def _above(path: str) -> list[str]:
    """The folders above a path, the nearest first."""
    found = []
    while (path := posixpath.dirname(path)) != "/":
        found.append(path)
    return [*found, "/"]


def _merged(carried: Sequence[Carried]) -> tuple[Carried, ...]:
    """Without what lies in a folder that is carried anyway, and each once."""
    folders = [one.path for one in carried if one.folder]
    kept: dict[str, Carried] = {}
    for one in carried:
        inside = any(one.path != folder and one.path.startswith(f"{folder}/") for folder in folders)
        if not inside:
            kept.setdefault(one.path, one)
    return tuple(kept.values())


def copy_words(one: Carried) -> tuple[str, str]:
    """The source and the destination of the COPY that carries a path to the same path."""
    path = source_word(one.path)
    return (f"{path}/", f"{one.path}/") if one.folder else (path, one.path)
