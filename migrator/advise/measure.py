"""What each piece of advice saves, measured: the image built as it is, and once with each change by itself."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.dockerfile.edit import apply
from migrator.rules import advice as rules
from migrator.rules import split as split_rules
from migrator.split.bench import BuildError
from migrator.split.leftover import NOTES
from migrator.split.proof import alike
from migrator.split.result import Check, Proof, Size, Split, Status
from migrator.split.split import Wanted, prove, tried
from migrator.verify.snapshot import CONFIG

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from migrator.advise.advice import Advice
    from migrator.advise.advise import Advised
    from migrator.diagnostics import Diagnostic
    from migrator.split.bench import Bench
    from migrator.split.image import Look
    from migrator.split.plan import Rung

_SHOWN = 5
_RUNGS: tuple[Rung, ...] = ("slim", "scratch")


@dataclass(frozen=True)
class Saving:
    """The size of an image with one piece of advice taken; `by` says how, where the advice leaves a choice."""

    size: int
    by: str = ""


@dataclass(frozen=True)
class Measured:
    """The size of the image as it is, and with each advice that can be tried, by its number in the list.

    `failed` has those with which it does not build.
    """

    before: int
    after: dict[int, Saving]
    failed: dict[int, Diagnostic] = field(default_factory=dict)


def measured(advised: Advised, bench: Bench) -> Measured | tuple[Diagnostic, ...]:
    """The sizes of an image with each piece of advice taken by itself; or why the image cannot be built at all."""
    origin = advised.recipe.last.stage.origin.span
    try:
        before = bench.size("original", None)
    except BuildError as error:
        return (split_rules.ORIGINAL_FAILS.at(origin, why=error),)
    after: dict[int, Saving] = {}
    failed: dict[int, Diagnostic] = {}
    for number, one in enumerate(advised.advice):
        try:
            saving = _saving(advised, bench, number, one)
        except BuildError as error:
            failed[number] = rules.ADVISED_FAILS.at(one.diagnostic.span, code=one.diagnostic.code, why=error)
            continue
        if saving is not None:
            after[number] = saving
    return Measured(before, after, failed)


def _saving(advised: Advised, bench: Bench, number: int, one: Advice) -> Saving | None:
    recipe = advised.recipe
    if one.diagnostic.rule is rules.BUILDS_AND_RUNS:
        return _split(advised, bench)
    if one.change is None:
        return None
    text = apply(recipe.source, one.change.edits)
    with _laid(bench, one.change.files):
        return Saving(bench.size(f"advice-{number}", text))


def _split(advised: Advised, bench: Bench) -> Saving | None:
    """The smallest image that `migrator split` can prove."""
    recipe = advised.recipe
    wanted = Wanted("same", recipe.args, "", bench.timeout, bench.say)
    found = prove(recipe.project, recipe.path, wanted, bench.engine, _RUNGS)
    proved = [one for one in found if isinstance(one, Split) and one.status is Status.PROVED and one.proof is not None]
    sizes = [(one.proof.sizes[-1].size, one.rung) for one in proved if one.proof is not None]
    return Saving(min(sizes)[0], f"migrator split --runtime {min(sizes)[1]}") if sizes else None


@contextmanager
def _laid(bench: Bench, files: Mapping[str, str]) -> Iterator[None]:
    """New files in the context, for as long as this lasts."""
    for name, text in files.items():
        (bench.context / name).write_text(text, encoding="utf-8")
    try:
        yield
    finally:
        for name in files:
            (bench.context / name).unlink()


# --- the patch as a whole --------------------------------------------------------------------------------------------


def verified(advised: Advised, bench: Bench, smoke: str = "") -> Proof | tuple[Diagnostic, ...]:
    """What an engine shows of the image before and after the patch; or why one of them cannot be built."""
    recipe = advised.recipe
    origin = recipe.last.stage.origin.span
    try:
        before = bench.build("original", None)
    except BuildError as error:
        return (split_rules.ORIGINAL_FAILS.at(origin, why=error),)
    try:
        with _laid(bench, advised.files):
            after = bench.build("advised", advised.text)
    except BuildError as error:
        return (rules.PATCH_DIFFERS.at(origin, what="it does not build", seen=error),)
    checks = [_configuration(before, after)]
    files, aside = _files(advised, bench, before, after)
    checks.append(files)
    run, unsure = tried(bench, smoke, before, after)
    never = [*unsure, "other arguments, variables and mounts than the image's own", "the network"]
    if aside:
        never.insert(0, f"{aside} files that two builds of the original do not have alike either")
    base = recipe.base
    sizes = (Size("before", base, before.size), Size("after", base, after.size))
    return Proof(bench.engine.title, (*checks, *run), tuple(never), sizes, {})


def failures(advised: Advised, proof: Proof) -> tuple[Diagnostic, ...]:
    """What stands against a patch."""
    origin = advised.recipe.last.stage.origin.span
    return tuple(
        rules.PATCH_DIFFERS.at(origin, what=one.name, seen=one.detail) for one in proof.checks if not one.passed
    )


def _configuration(before: Look, after: Look) -> Check:
    fields = [*CONFIG, *sorted((before.config.keys() | after.config.keys()) - set(CONFIG))]
    other = [field for field in fields if before.config.get(field) != after.config.get(field)]
    return Check("the same configuration", not other, ", ".join(other or CONFIG))


def _files(advised: Advised, bench: Bench, before: Look, after: Look) -> tuple[Check, int]:
    """Whether every file is the same but for those that the advice names, and how many no build repeats."""
    named = [re.compile(pattern) for pattern in advised.paths]
    differing = [path for path in _differing(before, after) if not _is_named(path, named)]
    aside = 0
    if differing:
        # A cache would hand out the same layers again.
        again = bench.look(bench.made("again", None, ["--no-cache"]))
        unstable = set(_differing(before, again))
        # What one has and the other has not is set aside only where the second build of the original lacks it as well.
        same = {path for path in unstable if (path in again.files) == (path in after.files)}
        kept = [path for path in differing if path not in same]
        aside = len(differing) - len(kept)
        differing = kept
    what = "; ".join(advised.differs) or "nothing"
    shown = ", ".join(differing[:_SHOWN]) + (f" and {len(differing) - _SHOWN} more" if len(differing) > _SHOWN else "")
    detail = shown if differing else f"{len(before.files)} compared; set aside: {what}"
    return Check("the same files, but for what the advice names", not differing, detail), aside


def _differing(before: Look, after: Look) -> list[str]:
    paths = sorted(before.files.keys() | after.files.keys())
    return [
        path
        for path in paths
        if path not in before.files or path not in after.files or not alike(before.files[path], after.files[path])
    ]


def _is_named(path: str, named: list[re.Pattern[str]]) -> bool:
    return NOTES.fullmatch(path) is not None or any(one.fullmatch(path) for one in named)
