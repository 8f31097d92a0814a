"""Verification: run both ways, read both images, say what differs and what of it the old way cannot repeat."""

from __future__ import annotations

import errno
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from migrator.errors import EngineError, UsageError
from migrator.rules import verification as rules
from migrator.verify.agreement import disagreements
from migrator.verify.archive import rooted
from migrator.verify.arms import LOG, TEMPORARY, Arm, Bench, VerifyOptions, image_of, run_legacy, stand_in
from migrator.verify.artifacts import check_artifacts, stage_digests
from migrator.verify.beside import fetch_bases, new_way
from migrator.verify.compare import aspects, compare, set_aside_recipes
from migrator.verify.contents import Contents
from migrator.verify.explain import explain
from migrator.verify.names import matched, of_names, renamed
from migrator.verify.pairs import Pair, pair_up, stage_of, weighed
from migrator.verify.quota import OverDiskError, Quota
from migrator.verify.remarks import of_differences, remarks
from migrator.verify.replayed import replay_legacy
from migrator.verify.scratch import scratch, sweep
from migrator.verify.settle import Side, copy_files, look_into, without_noise
from migrator.verify.smoke import smoke
from migrator.verify.snapshot import take_pair
from migrator.verify.stopping import Stopped, check_engine, check_legacy, check_new, check_outside
from migrator.verify.verdict import Difference, Explanation, Legacy, NotVerified, Verdict, Verification, verdict_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from migrator.engine.base import Engine
    from migrator.interpret.run import Outcome
    from migrator.migration.result import Converted
    from migrator.project import Project
    from migrator.verify.agreement import Disagreement
    from migrator.verify.snapshot import Snapshot


BUILDS_FAILED = frozenset({Verdict.LEGACY_BUILD_FAILED, Verdict.NEW_BUILD_FAILED})


def verify(
    project: Project,
    conversion: Converted,
    options: VerifyOptions,
    engine: Engine,
    root: Path | None = None,
    trace: Outcome | None = None,
) -> Verification | NotVerified:
    """Build `conversion` and the script that it replaces, and compare the images.

    `root` is where the project is on disk, if it is: its git history is then there for the script to ask. `trace` is
    what we read in the script: it is held against what the script does. Everything made on the way is removed before
    this returns or raises, unless the options say to keep it.
    """
    way = Legacy.IMAGE if options.against is not None else Legacy.REPLAY if options.replay else Legacy.SCRIPT
    return replace(_verified(project, conversion, options, engine, root, trace), legacy=way)


def _verified(
    project: Project,
    conversion: Converted,
    options: VerifyOptions,
    engine: Engine,
    root: Path | None,
    trace: Outcome | None,
) -> Verification | NotVerified:
    sweep(engine)
    if engine.loses_owners():
        found = rules.OWNERS_LOST.at(None, engine=engine.title)
        return NotVerified(Verdict.NOT_RUN, engine.title, engine.builder, (found,))
    try:
        with scratch(engine, keep=options.keep) as place:
            if options.keep:
                options.say(f"keeping everything named migrator-{place.run}, and {place.folder}")
            quota = Quota(place.folder, options.disk)
            bench = Bench(engine, place, project, root, conversion, options, trace, quota)
            try:
                return _Run(bench).outcome()
            finally:
                _keep_records(place.folder, options.records)
    except Stopped as stopped:
        offline = stopped.verdict in BUILDS_FAILED and options.on_network == "none"
        # In front: the last one says what ended it.
        hints = (rules.NO_NETWORK.at(None),) if offline else ()
        return NotVerified(stopped.verdict, engine.title, engine.builder, (*hints, *stopped.diagnostics), stopped.log)
    except OverDiskError as error:
        found = rules.OVER_DISK.at(None, what=error.message)
        return NotVerified(Verdict.NOT_RUN, engine.title, engine.builder, (found,))
    except EngineError as error:
        if engine.answers():
            raise
        found = rules.ENGINE_GONE.at(None, reason=error.message)
        return NotVerified(Verdict.NOT_RUN, engine.title, engine.builder, (found,))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        found = rules.DISK_FULL.at(None, reason=str(error))
        return NotVerified(Verdict.NOT_RUN, engine.title, engine.builder, (found,))


def _keep_records(folder: Path, records: Path | None) -> None:
    """Copy what each way printed and called to where the user wants to read it."""
    if records is None:
        return
    records.mkdir(parents=True, exist_ok=True)
    for name in (LOG, "calls.jsonl"):
        for path in folder.glob(f"*/{name}"):
            shutil.copyfile(path, records / f"{path.parent.name}.{name}")


class _Run:
    """One verification under way."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.explanation: Explanation | None = None

    def outcome(self) -> Verification:
        """Both ways and the comparison."""
        say = self.bench.options.say
        check_engine(self.bench)
        if self.bench.options.against is None:
            fetch_bases(self.bench)
        with new_way(self.bench) as build:
            legacy = self.old_way()
            misread = self.misread(legacy)
            try:
                if self.bench.options.against is None:
                    check_legacy(self.bench, legacy)
                say("building the new way")
                new = build()
                check_new(self.bench, new)
                pairs = pair_up(self.bench, legacy, new)
            except Stopped as stopped:
                raise stopped.after(tuple(one.diagnostic for one in misread)) from None
        say("reading the artifacts in their stages")
        stages = stage_digests(self.bench, new)
        say("comparing")
        snapshots = {pair.name: self.snapshots(pair) for pair in pairs}
        differences = self.settled(pairs, snapshots, (legacy, new))
        differences = (*(one.difference for one in misread), *differences, *self.smoked(pairs, new))
        by_stage = {stage_of(self.bench, pair): snapshots[pair.name] for pair in reversed(pairs)}
        say("compared")
        return Verification(
            verdict_of(differences, rules.NONDETERMINISTIC.code, rules.TIME.code),
            self.bench.engine.title,
            self.bench.engine.builder,
            tuple(check_artifacts(self.bench, legacy, stages, by_stage)),
            differences,
            weighed(self.bench, pairs, legacy, new),
            (
                *(one.diagnostic for one in misread),
                *of_differences(differences, self.bench.conversion),
                *remarks(self.bench, legacy),
            ),
            sum(len(snapshot.files) for pair in snapshots.values() for snapshot in pair[:1]),
            explanation=self.explanation,
            aspects=aspects(self.bench.engine.kept_xattrs),
        )

    def old_way(self) -> Arm:
        """The script, run, or the image that takes its place; raises UsageError when there is no such image."""
        image = self.bench.options.against
        if image is None:
            self.bench.options.say("building the legacy way")
            return (replay_legacy if self.bench.options.replay else run_legacy)(self.bench)
        if self.bench.engine.image(image) is None:
            raise UsageError(f"the engine has no image {image}", "Pull or build it first.")
        return stand_in(self.bench)

    def smoked(self, pairs: tuple[Pair, ...], new: Arm) -> tuple[Difference, ...]:
        """What running the images shows, where that is asked for."""
        command = self.bench.options.smoke
        if command is None:
            return ()
        self.bench.options.say("running both images")
        runs = (smoke(self.bench.engine, pair, command, new.session.prefix) for pair in pairs)
        return tuple(difference for found in runs for difference in found)

    def misread(self, legacy: Arm) -> tuple[Disagreement, ...]:
        """What the script did otherwise than we read it; nothing where a time limit or a dead engine ended it."""
        options = self.bench.options
        if self.bench.trace is None or legacy.timed_out or options.replay or options.against is not None:
            return ()
        if legacy.went_around(self.bench.trace) is not None:
            return ()  # calls that nobody saw are not calls that were not made
        return disagreements(
            self.bench.trace,
            legacy.of_script,
            self.bench.work,
            temporary=self.bench.scratch.folder / TEMPORARY,
            cut_short=legacy.code != 0,
        )

    def snapshots(self, pair: Pair) -> tuple[Snapshot, Snapshot]:
        """Both images of a pair, read as far as it takes to compare them and to find the artifacts."""
        stage = stage_of(self.bench, pair)
        consumers = [consumer for artifact in self.bench.conversion.artifacts for consumer in artifact.consumers]
        needed = {rooted(consumer.destination) for consumer in consumers if consumer.stage == stage}
        return take_pair(self.bench.engine, pair.legacy, pair.new, needed - {"/"})

    def settled(
        self, pairs: tuple[Pair, ...], snapshots: Mapping[str, tuple[Snapshot, Snapshot]], arms: tuple[Arm, Arm]
    ) -> tuple[Difference, ...]:
        """The differences of all pairs, with everything set aside that does not count."""
        asides = self.bench.options.asides
        contents = Contents(self.bench.engine, self.bench.scratch.folder / "contents")
        named = of_names(self.bench, pairs, *arms) if self.bench.options.against is None else ()
        found = asides.applied((*named, *self.compare(pairs, snapshots, arms)))
        sides = {
            pair.name: (Side(pair.legacy, snapshots[pair.name][0]), Side(pair.new, snapshots[pair.name][1]))
            for pair in pairs
        }
        if not asides.strict:
            found = look_into(found, sides, contents)
        if all(difference.set_aside for difference in found) or self.bench.options.against is not None:
            return self.kept(found, sides, contents)
        self.bench.options.say("they differ: building the legacy way again, to see whether it repeats itself")
        control: list[Difference] = []
        thirds: dict[str, tuple[Side, Side, Side]] = {}
        for pair, image in self.control(pairs, arms[0], control):
            one, other = take_pair(self.bench.engine, pair.legacy, image)
            control += [item for item in asides.applied(compare(one, other, pair.name)) if not item.set_aside]
            thirds[pair.name] = (*sides[pair.name], Side(image, other))
        return self.kept(without_noise(found, control, thirds, contents, strict=asides.strict), sides, contents)

    def kept(
        self, differences: tuple[Difference, ...], sides: Mapping[str, tuple[Side, Side]], contents: Contents
    ) -> tuple[Difference, ...]:
        """The differences, once what the user wants to read of them is there: copies of files, an explanation."""
        if self.bench.options.explain is not None:
            folder = self.bench.scratch.folder / "explained"
            self.explanation = explain(self.bench.options.explain, differences, sides, contents, folder)
        if self.bench.options.records is not None:
            copy_files(differences, sides, contents, self.bench.options.records / "files")
        return differences

    def compare(
        self, pairs: tuple[Pair, ...], snapshots: Mapping[str, tuple[Snapshot, Snapshot]], arms: tuple[Arm, Arm]
    ) -> tuple[Difference, ...]:
        """The differences of all pairs, with the recipes set aside."""
        found: list[Difference] = []
        old, new = ({**arm.recipes, **arm.session.rewritten()} for arm in arms)
        for pair in pairs:
            both = snapshots[pair.name]
            differences = compare(*both, image=pair.name)
            found += (
                differences if self.bench.options.asides.strict else set_aside_recipes(differences, both, (old, new))
            )
        return tuple(found)

    def control(self, pairs: tuple[Pair, ...], legacy: Arm, names: list[Difference]) -> Iterator[tuple[Pair, str]]:
        """The legacy way once more: what it does not have in common with itself is no difference of the new one.

        What it calls otherwise this time is put to `names`.
        """
        again = (replay_legacy if self.bench.options.replay else run_legacy)(self.bench, "control", cache=False)
        check_outside(self.bench, again, "second legacy")
        same = matched(legacy.made(), again.made())
        names += renamed({pair.old: same[pair.old] for pair in pairs if pair.old in same})
        for pair in pairs:
            private = image_of(self.bench, again, same.get(pair.old, pair.old)) or _last_unnamed(again)
            if private is not None:
                yield pair, private


def _last_unnamed(arm: Arm) -> str | None:
    unnamed = [str(call.image["id"]) for call in arm.calls if call.ok and call.image and not call.tags]
    return unnamed[-1] if unnamed else None
