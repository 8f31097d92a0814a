"""Splitting: read, plan, write; and with an engine build both images, look into them, run them and compare."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from migrator.diagnostics import Severity
from migrator.rules import split as rules
from migrator.split.bench import Bench, BuildError
from migrator.split.development import without_development
from migrator.split.fat import Fat, read
from migrator.split.leftover import Leftover, changed, leftover
from migrator.split.lost import programs_there
from migrator.split.opened import missed, opened_alike
from migrator.split.plan import Plan, plan
from migrator.split.programs import modules, programs
from migrator.split.proof import everything_there, same_artifacts, same_configuration, same_folders, same_rest
from migrator.split.pruned import REASON, expected, nothing_lost
from migrator.split.result import Check, NotSplit, Outcome, Proof, Size, Split, Status
from migrator.split.rungs import Chosen, choose
from migrator.split.write import written
from migrator.verify.scratch import scratch
from migrator.verify.smoke import STILL_RUNNING, run_once

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from migrator.diagnostics import Diagnostic
    from migrator.engine.base import Engine
    from migrator.engine.opening import Opened
    from migrator.project import Project
    from migrator.split.image import Look
    from migrator.split.plan import Rung
    from migrator.split.pruned import Expected

# As many further files are carried along without a question; what a RUN makes beyond that is not ours to judge.
_MOST = 20
_ROUNDS = 3
# What cannot be told from the text alone.
_OPEN = (rules.MAKER_UNKNOWN, rules.MIXED_RUN, rules.FOLDER_UNKNOWN)
_PACKAGES = re.compile(r"/usr/local/lib/python3\.\d+/(?:site|dist)-packages")


@dataclass(frozen=True)
class Wanted:
    """What is asked for: the rung, the build's arguments, and how the result is tried out.

    With `keep_dev` the packages for development of a Node program are carried along with the others.
    """

    rung: Rung = "same"
    args: Mapping[str, str] = field(default_factory=dict)
    smoke: str = ""
    timeout: float | None = None
    say: Callable[[str], None] = field(default=lambda _: None, compare=False)
    keep_dev: bool = False


def propose(project: Project, path: str, wanted: Wanted, why: str) -> Outcome:
    """The split as it follows from the text alone; it is marked as a proposal, and `why` says why it is only one."""
    fat = read(project, path, wanted.args)
    if not isinstance(fat, Fat):
        return NotSplit(wanted.rung, path, fat)
    decided = plan(fat)
    if not isinstance(decided, Plan):
        return NotSplit(wanted.rung, path, (decided,))
    decided = without_development(decided, keep=wanted.keep_dev)
    chosen = choose(decided, wanted.rung, None)
    if not isinstance(chosen, Chosen):
        return NotSplit(wanted.rung, path, chosen)
    text = written(chosen.plan, chosen.runtime)
    found = (*chosen.notes, *decided.notes, rules.PROPOSAL.at(fat.stage.origin.span, why=why))
    return Split(wanted.rung, path, Status.PROPOSED, text, chosen.plan, found)


def prove(
    project: Project, path: str, wanted: Wanted, engine: Engine, others: Sequence[Rung] = ()
) -> tuple[Outcome, ...]:
    """The split with an engine's evidence, proved or declined, on the rung that is wanted and then on others.

    The original is built once. Everything that was made is removed again before this returns or raises.
    """
    first = propose(project, path, replace(wanted, rung="same"), "")
    rungs = (wanted.rung, *others)
    if isinstance(first, NotSplit) and not _depends_on_base(first):
        return tuple(replace(first, rung=rung) for rung in rungs)
    with scratch(engine) as place:
        bench = Bench(engine, place, project, path, wanted.args, wanted.timeout, wanted.say)
        bench.prepare()
        seen = _original(bench, wanted.smoke)
        if not isinstance(seen, Original):
            return tuple(NotSplit(rung, path, seen) for rung in rungs)
        return tuple(
            _Round(bench, replace(wanted, rung=rung), seen.opened).planned(seen.fat, seen.look) for rung in rungs
        )


def _depends_on_base(refused: NotSplit) -> bool:
    """Whether what an engine shows may change a refusal."""
    return all(one.rule in _OPEN for one in refused.diagnostics)


@dataclass(frozen=True)
class Original:
    """The Dockerfile as it is, read with what the engine says of its base, and the image that it gives."""

    fat: Fat
    look: Look
    opened: Opened


def _original(bench: Bench, smoke: str) -> Original | tuple[Diagnostic, ...]:
    fat = read(bench.project, bench.path, bench.args)
    if not isinstance(fat, Fat):
        return fat
    try:
        known = bench.settings(fat.base)
        before = bench.build("original", None, fat.instructions)
    except BuildError as error:
        return (rules.ORIGINAL_FAILS.at(fat.stage.origin.span, why=error),)
    fat = read(bench.project, bench.path, bench.args, known)
    if not isinstance(fat, Fat):
        return fat
    if before.makers is None:
        advice = "Take --no-verify for a proposal, and compare the images by hand."
        what = "the engine does not tell which instruction made which layer"
        return (rules.NOT_FOLLOWED.at(fat.stage.origin.span, what=what, advice=advice),)
    found = sorted(path for path in before.files if _PACKAGES.fullmatch(path))
    opened = bench.opened(before, shlex.split(smoke))
    return Original(replace(fat, packages=found[0]) if len(found) == 1 else fat, before, opened)


@dataclass
class _Round:
    """One split under way on one engine."""

    bench: Bench
    wanted: Wanted
    opened: Opened
    found: tuple[str, ...] = ()
    pruned: bool = False

    def refused(self, *diagnostics: Diagnostic, sizes: tuple[Size, ...] = ()) -> NotSplit:
        return NotSplit(self.wanted.rung, self.bench.path, diagnostics, sizes)

    def planned(self, fat: Fat, before: Look) -> Outcome:
        """The split; with all packages where the one without those for development is not proved."""
        outcome = self.rounds(fat, before)
        if not self.pruned or outcome.status is Status.PROVED:
            return outcome
        whole = replace(self, wanted=replace(self.wanted, keep_dev=True), found=(), pruned=False).rounds(fat, before)
        if not isinstance(whole, Split) or whole.status is not Status.PROVED:
            return whole
        errors = [one.message for one in outcome.diagnostics if one.severity is Severity.ERROR]
        why = f"without them, {errors[0]}" if errors else "without them it is not proved"
        note = rules.DEVELOPMENT_KEPT.at(fat.stage.origin.span, why=why)
        return replace(whole, diagnostics=(*whole.diagnostics, note))

    def rounds(self, fat: Fat, before: Look) -> Outcome:
        """Plan and build until nothing more is seen to be needed."""
        sizes = (Size("before", fat.base, before.size),)
        for _ in range(_ROUNDS):
            decided = plan(fat, self.found, before)
            if not isinstance(decided, Plan):
                return self.refused(decided, sizes=sizes)
            decided = without_development(decided, keep=self.wanted.keep_dev)
            chosen = choose(decided, self.wanted.rung, before)
            if not isinstance(chosen, Chosen):
                return self.refused(*chosen, sizes=sizes)
            text = written(chosen.plan, chosen.runtime)
            self.pruned = bool(chosen.plan.prunes)
            try:
                after = self.bench.build(self.wanted.rung, text, ())
            except BuildError as error:
                return self.refused(rules.SPLIT_FAILS.at(fat.stage.origin.span, why=error), sizes=sizes)
            should = expected(chosen.plan, before, after)
            left = leftover(chosen.plan, should.look, after)
            more = self.more(chosen, should.look, after, left)
            if not isinstance(more, tuple):
                return self.refused(more, sizes=sizes)
            if not more:
                return self.compared(chosen, text, should, (before, after), left)
            self.found = tuple(dict.fromkeys((*self.found, *more)))
        what = "what the running image needs is not found in a few rounds"
        return self.refused(rules.NOT_FOLLOWED.at(fat.stage.origin.span, what=what, advice="Split it by hand."))

    def more(self, chosen: Chosen, before: Look, after: Look, left: Leftover) -> tuple[str, ...] | Diagnostic:
        """What else is to be carried: libraries that are missing, files of a build step that nothing explains."""
        wanted = [
            path
            for program in programs(chosen.plan, before)
            for path in program.needs.paths
            if after.file(path) is None and before.file(path) is not None
        ]
        wanted += [
            path
            for module in modules(chosen.plan, before)
            for path in module.paths
            if after.file(path) is None and before.file(path) is not None
        ]
        wanted += missed(self.opened, before, after)
        if self.wanted.rung == "same":
            wanted += changed(chosen.plan, before, after)
        if len(left.unexplained) > _MOST:
            path = left.unexplained[0]
            number = left.steps.get(path)
            instruction = chosen.plan.fat.instructions[number] if number is not None else chosen.plan.fat.stage.origin
            return rules.RESULT_UNKNOWN.at(instruction.span, count=len(left.unexplained), path=path)
        return tuple(dict.fromkeys([*wanted, *left.unexplained]))

    def compared(self, chosen: Chosen, text: str, should: Expected, looks: tuple[Look, Look], left: Leftover) -> Split:
        """The verdict on two images; `should` is the first as it is meant to come out."""
        rung, decided = self.wanted.rung, chosen.plan
        original, after = looks
        before = should.look
        settings, notes = same_configuration(decided, rung, before, after)
        checks = [*same_artifacts(decided, before, after), *settings, *everything_there(decided, before, after)]
        checks += same_folders((*decided.carried, *chosen.runtime.carried), before, after)
        if rung == "same":
            checks += same_rest(decided, before, after)
        if rung in {"same", "slim"}:
            checks += programs_there(decided, before, after)
        seen, _ = opened_alike(self.opened, before, after)
        # A folder that is listed has other names in it where packages were taken out, too.
        _, unseen = opened_alike(self.opened, original, after)
        checks += [*seen, *nothing_lost(decided, should, self.opened, original, after)]
        run, unsure = tried(self.bench, self.wanted.smoke, before, after)
        checks += run
        failed = [one for one in checks if not one.passed]
        span = decided.fat.stage.origin.span
        found = [rules.NOT_SAME.at(span, what=one.name, seen=one.detail) for one in failed]
        base = chosen.runtime.base or decided.fat.base
        proof = Proof(
            self.bench.engine.title,
            tuple(checks),
            (*unsure, *unseen, *_NEVER),
            (Size("before", decided.fat.base, before.size), Size(rung, base, after.size)),
            left.reasons | ({REASON: len(should.gone)} if should.gone else {}),
        )
        status = Status.DIFFERENT if failed else Status.PROVED
        return Split(
            rung, self.bench.path, status, text, decided, (*chosen.notes, *decided.notes, *notes, *found), proof
        )


def tried(bench: Bench, smoke: str, before: Look, after: Look) -> tuple[list[Check], list[str]]:
    """Both images run without a network, and what that does not show."""
    engine, container = bench.engine, bench.container
    words = shlex.split(smoke)
    shown = smoke or "its own command"
    bench.say(f"running both images with {shown}")
    one, other = (run_once(engine, image.id, words, container) for image in (before, after))
    if one != other and run_once(engine, before.id, words, container) != one:
        return [], [f"what {shown} prints: the original image does not repeat it ({one.exit})"]
    same = one == other
    lines = len(one.output.splitlines())
    told = f"{one.exit}, {lines} line{'' if lines == 1 else 's'} of output"
    seen = told if same else f"{told} before; {other.exit}, {_first_other(one.output, other.output)} after"
    checks = [Check(f"{shown} ends and prints the same", same, seen)]
    unsure = ["what the program does later, or when it is asked something"] if one.exit == STILL_RUNNING else []
    if one.exit not in (STILL_RUNNING, "exit code 0"):
        unsure.append(f"a run that succeeds: both end with {one.exit}")
    return checks, unsure


_NEVER = (
    "other arguments, variables and mounts than the image's own",
    "the network",
)


def _first_other(before: bytes, after: bytes) -> str:
    lines = after.splitlines()
    old = before.splitlines()
    at = next((n for n, line in enumerate(lines) if old[n : n + 1] != [line]), len(lines))
    return lines[at][:120].decode("utf-8", "replace") if at < len(lines) else f"{len(lines)} lines"


__all__ = ["Wanted", "propose", "prove", "tried"]
