"""Verification: run both ways, read both images, say what differs and what of it the old way cannot repeat."""

from __future__ import annotations

import errno
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.dockercli.names import normal_image
from migrator.errors import EngineError
from migrator.rules import verification as rules
from migrator.verify.archive import rooted
from migrator.verify.arms import LOG, Arm, Bench, VerifyOptions, is_plain, run_legacy, run_new
from migrator.verify.artifacts import check_artifacts, stage_digests
from migrator.verify.compare import CAUSES, compare, set_aside_recipes, subtract
from migrator.verify.scratch import scratch, sweep
from migrator.verify.snapshot import take_pair
from migrator.verify.verdict import (
    Difference,
    ImageFacts,
    NotVerified,
    Verdict,
    Verification,
    Weighed,
    verdict_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from migrator.diagnostics import Diagnostic, Rule
    from migrator.engine.base import Engine
    from migrator.migration.result import Converted
    from migrator.project import Project
    from migrator.verify.calls import RecordedCall
    from migrator.verify.snapshot import Snapshot

SHOWN = 5


class _Stopped(Exception):  # noqa: N818 - not an error: one of the outcomes, from wherever it shows
    """Ends a verification without a comparison."""

    def __init__(self, verdict: Verdict, diagnostic: Diagnostic, log: tuple[str, ...] = ()) -> None:
        super().__init__(diagnostic.message)
        self.verdict, self.diagnostic, self.log = verdict, diagnostic, log


@dataclass(frozen=True)
class Pair:
    """One image of both ways: the name that the script gives it, and both private names."""

    name: str
    legacy: str
    new: str
    target: int


def verify(
    project: Project, conversion: Converted, options: VerifyOptions, engine: Engine, root: Path | None = None
) -> Verification | NotVerified:
    """Build `conversion` and the script that it replaces, and compare the images.

    `root` is where the project is on disk, if it is: its git history is then there for the script to ask. Everything
    made on the way is removed before this returns or raises, unless the options say to keep it.
    """
    sweep(engine)
    try:
        with scratch(engine, keep=options.keep) as place:
            if options.keep:
                options.say(f"keeping everything named migrator-{place.run}, and {place.folder}")
            bench = Bench(engine, place, project, root, conversion, options)
            try:
                return _Run(bench).outcome()
            finally:
                _keep_records(place.folder, options.records)
    except _Stopped as stopped:
        return NotVerified(stopped.verdict, engine.title, engine.builder, (stopped.diagnostic,), stopped.log)
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

    def outcome(self) -> Verification:
        """Both ways and the comparison, and the legacy way once more where they differ."""
        say = self.bench.options.say
        say("building the legacy way")
        legacy = run_legacy(self.bench)
        self.check_legacy(legacy)
        say("building the new way")
        new = run_new(self.bench)
        self.check_new(new)
        pairs = self.pairs(legacy, new)
        say("comparing")
        stages = stage_digests(self.bench, new)
        snapshots = {pair.name: self.snapshots(pair) for pair in pairs}
        differences = self.compare(pairs, snapshots, (legacy, new))
        if any(not difference.set_aside for difference in differences):
            say("they differ: building the legacy way again, to see whether it repeats itself")
            control = run_legacy(self.bench, "control", cache=False)
            differences = subtract(differences, self.control(pairs, control))
        by_stage = {self.stage(pair): snapshots[pair.name] for pair in reversed(pairs)}
        return Verification(
            verdict_of(differences, rules.NONDETERMINISTIC.code, rules.TIME.code),
            self.bench.engine.title,
            self.bench.engine.builder,
            tuple(check_artifacts(self.bench, legacy, stages, by_stage)),
            differences,
            self.weighed(pairs, legacy, new),
            (*_diagnostics(differences), *self.remarks(legacy)),
            sum(len(snapshot.files) for pair in snapshots.values() for snapshot in pair[:1]),
        )

    def check_legacy(self, arm: Arm) -> None:
        """Go on only when the script did what it is for."""
        self._check_outside(arm, "legacy")
        tags = [tag for target in self.bench.conversion.targets for tag in target.tags if is_plain(tag)]
        absent = [tag for tag in tags if self.image_of(arm, tag) is None]
        failed = [call for call in arm.calls if call.exit and call.command == "build"]
        if absent or (arm.code and (failed or not tags)):
            reason = self._reason(arm, failed, f"it leaves no image {', '.join(absent)}" if absent else "")
            raise _Stopped(Verdict.LEGACY_BUILD_FAILED, rules.LEGACY_FAILED.at(None, reason=reason), arm.tail)

    def check_new(self, arm: Arm) -> None:
        """Go on only when every build command of the new way worked."""
        self._check_outside(arm, "new")
        if arm.code or not any(call.ok and call.image for call in arm.calls):
            reason = self._reason(arm, [call for call in arm.calls if call.exit], "its commands leave no image")
            raise _Stopped(Verdict.NEW_BUILD_FAILED, rules.NEW_FAILED.at(None, reason=reason), arm.tail)

    @staticmethod
    def _reason(arm: Arm, failed: list[RecordedCall], otherwise: str) -> str:
        if failed:
            return f"`{failed[-1].shown}` ends with exit code {failed[-1].exit}"
        if arm.code:
            return f"{otherwise + '; ' if otherwise else ''}it ends with exit code {arm.code}"
        return otherwise

    def _check_outside(self, arm: Arm, name: str) -> None:
        """Trouble that is neither way's own: out of time, out of space, or the engine is gone."""
        if arm.timed_out:
            found = rules.TIMEOUT.at(None, arm=name, seconds=self.bench.options.timeout or 0.0)
            raise _Stopped(Verdict.TIMEOUT, found, arm.tail)
        if not arm.code and not any(call.exit for call in arm.calls):
            return
        full = [line for line in arm.tail if "no space left on device" in line.lower()]
        if full:
            raise _Stopped(Verdict.NOT_RUN, rules.DISK_FULL.at(None, reason=full[-1].strip()), arm.tail)
        if not self.bench.engine.answers():
            reason = f"{self.bench.engine.title} stopped answering in the middle of the {name} build"
            raise _Stopped(Verdict.NOT_RUN, rules.ENGINE_GONE.at(None, reason=reason), arm.tail)

    def image_of(self, arm: Arm, name: str) -> str | None:
        """The private name of an image that an arm left, or None when there is none."""
        private = arm.session.private_image(name)
        return private if self.bench.engine.image(private) is not None else None

    def pairs(self, legacy: Arm, new: Arm) -> tuple[Pair, ...]:
        """Every image that the new way makes beside the one that the legacy way has under the same name.

        Several names of one image are compared once. Builds without a name are taken as the last of each way.
        """
        found: dict[tuple[str, str], Pair] = {}
        for target in range(len(new.targets)):
            for name, one, other in self._named(legacy, new, target) or self._unnamed(legacy, new, target):
                ids = [image.id for private in (one, other) if (image := self.bench.engine.image(private))]
                found.setdefault((ids[0], ids[-1]), Pair(name, one, other, target))
        if not found:
            found_nothing = rules.NEW_FAILED.at(None, reason="its commands leave no image")
            raise _Stopped(Verdict.NEW_BUILD_FAILED, found_nothing, new.tail)
        return tuple(found.values())

    def _named(self, legacy: Arm, new: Arm, target: int) -> list[tuple[str, str, str]]:
        found = []
        for name in new.made(target):
            one, other = self.image_of(legacy, name), self.image_of(new, name)
            if one is None:
                reason = f"it leaves no image {name}, which the new way makes"
                raise _Stopped(Verdict.LEGACY_BUILD_FAILED, rules.LEGACY_FAILED.at(None, reason=reason), legacy.tail)
            if other is not None:
                found.append((name, one, other))
        return found

    @staticmethod
    def _unnamed(legacy: Arm, new: Arm, target: int) -> list[tuple[str, str, str]]:
        ends = [
            [str(call.image["id"]) for call in calls if call.ok and call.image and not call.tags]
            for calls in (legacy.calls, new.targets[target])
        ]
        return [("without a name", ends[0][-1], ends[1][-1])] if all(ends) else []

    def snapshots(self, pair: Pair) -> tuple[Snapshot, Snapshot]:
        """Both images of a pair, read as far as it takes to compare them and to find the artifacts."""
        stage = self.stage(pair)
        consumers = [consumer for artifact in self.bench.conversion.artifacts for consumer in artifact.consumers]
        needed = {rooted(consumer.destination) for consumer in consumers if consumer.stage == stage}
        return take_pair(self.bench.engine, pair.legacy, pair.new, needed - {"/"})

    def compare(
        self, pairs: tuple[Pair, ...], snapshots: Mapping[str, tuple[Snapshot, Snapshot]], arms: tuple[Arm, Arm]
    ) -> tuple[Difference, ...]:
        """The differences of all pairs, with the recipes set aside."""
        found: list[Difference] = []
        recipes = (dict(arms[0].recipes), dict(arms[1].recipes))
        for pair in pairs:
            both = snapshots[pair.name]
            found += set_aside_recipes(compare(*both, image=pair.name), both, recipes)
        return tuple(found)

    def control(self, pairs: tuple[Pair, ...], again: Arm) -> Iterator[Difference]:
        """What the legacy way does not have in common with itself."""
        self._check_outside(again, "second legacy")
        for pair in pairs:
            private = self.image_of(again, pair.name) or self._last_unnamed(again)
            if private is not None:
                yield from compare(*take_pair(self.bench.engine, pair.legacy, private), image=pair.name)

    @staticmethod
    def _last_unnamed(arm: Arm) -> str | None:
        unnamed = [str(call.image["id"]) for call in arm.calls if call.ok and call.image and not call.tags]
        return unnamed[-1] if unnamed else None

    def stage(self, pair: Pair) -> str:
        """The stage whose image a pair is."""
        commands = list(dict.fromkeys(target.command for target in self.bench.conversion.targets))
        same = [target for target in self.bench.conversion.targets if target.command == commands[pair.target]]
        named = [target for target in same if pair.name in {normal_image(tag) for tag in target.tags}]
        return (named or same)[0].stage

    def weighed(self, pairs: tuple[Pair, ...], legacy: Arm, new: Arm) -> Weighed:
        """What the images of both ways weigh, with the builder images that only the legacy way has."""
        finals = {image.id for pair in pairs if (image := self.bench.engine.image(pair.legacy))}
        builders = {
            str(call.image["id"]): ImageFacts(
                call.tags[0] if call.tags else "without a name",
                int(call.image["size"]),
                int(call.image["layers"]),
                call.seconds,
            )
            for call in legacy.calls
            if call.ok and call.command == "build" and call.image and str(call.image["id"]) not in finals
        }
        return Weighed(
            tuple(self._facts(pair.name, pair.legacy, legacy) for pair in pairs),
            tuple(self._facts(pair.name, pair.new, new) for pair in pairs),
            tuple(builders.values()),
            legacy.seconds,
            new.seconds,
        )

    def _facts(self, name: str, private: str, arm: Arm) -> ImageFacts:
        image = self.bench.engine.image(private)
        if image is None:
            return ImageFacts(name, 0, 0, 0.0)
        seconds = [call.seconds for call in arm.calls if call.image and call.image["id"] == image.id]
        return ImageFacts(name, image.size, len(image.layers), seconds[0] if seconds else 0.0)

    def remarks(self, legacy: Arm) -> Iterator[Diagnostic]:
        """What a person should know beside the differences."""
        for call in legacy.calls:
            if call.refused and call.command not in {"pull", "rmi"}:
                yield rules.NOT_RUN.at(None, call=call.shown)
        if legacy.code:
            yield rules.SCRIPT_FAILED.at(None, code=legacy.code, line=legacy.tail[-1] if legacy.tail else "it is empty")
        if self.bench.options.reuse_cache:
            yield rules.SHARED_CACHE.at(None)


def _diagnostics(differences: tuple[Difference, ...]) -> Iterator[Diagnostic]:
    """One finding per difference that counts, and one per reason for which others are set aside."""
    by_code = {rule.code: rule for rule in (*CAUSES.values(), rules.CONFIGURATION)}
    for one in differences:
        if not one.set_aside and one.cause in by_code:
            field = one.aspect.removeprefix("config.")
            yield by_code[one.cause].at(None, path=one.path, legacy=one.legacy, new=one.new, field=field)
    for rule in (rules.RECIPE, rules.NONDETERMINISTIC):
        paths = _shown(differences, rule)
        if paths:
            yield rule.at(None, paths=paths)
    times = sum(one.aspect == "mtime" for one in differences)
    if times:
        yield rules.TIME.at(None, count=times)


def _shown(differences: tuple[Difference, ...], rule: Rule) -> str:
    places = list(
        dict.fromkeys(one.path or one.aspect for one in differences if one.set_aside and one.cause == rule.code)
    )
    more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
    return ", ".join(places[:SHOWN]) + more
