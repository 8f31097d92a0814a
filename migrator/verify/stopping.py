"""The outcomes without a comparison: what ends a verification on the way, and how that is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.rules import verification as rules
from migrator.verify.arms import image_of, is_plain
from migrator.verify.recorder.mounts import unseen
from migrator.verify.verdict import Verdict

if TYPE_CHECKING:
    from migrator.diagnostics import Diagnostic
    from migrator.verify.arms import Arm, Bench
    from migrator.verify.calls import RecordedCall


class Stopped(Exception):  # noqa: N818 - not an error: one of the outcomes, from wherever it shows
    """Ends a verification without a comparison."""

    def __init__(self, verdict: Verdict, diagnostic: Diagnostic, log: tuple[str, ...] = ()) -> None:
        super().__init__(diagnostic.message)
        self.verdict, self.log = verdict, log
        self.diagnostics: tuple[Diagnostic, ...] = (diagnostic,)

    def after(self, diagnostics: tuple[Diagnostic, ...]) -> Stopped:
        """The same with further findings in front of its own, which stays the last."""
        self.diagnostics = (*diagnostics, *self.diagnostics)
        return self


def check_legacy(bench: Bench, arm: Arm) -> None:
    """Go on only when the script did what it is for."""
    check_outside(bench, arm, "legacy")
    tags = [tag for target in bench.conversion.targets for tag in target.tags if is_plain(tag)]
    absent = [tag for tag in tags if image_of(bench, arm, tag) is None]
    failed = [call for call in arm.calls if call.exit and call.command == "build"]
    if absent or (arm.code and (failed or not tags)):
        reason = _reason(arm, failed, f"it leaves no image {', '.join(absent)}" if absent else "")
        raise Stopped(Verdict.LEGACY_BUILD_FAILED, rules.LEGACY_FAILED.at(None, reason=reason), arm.tail)


def check_new(bench: Bench, arm: Arm) -> None:
    """Go on only when every build command of the new way worked."""
    check_outside(bench, arm, "new")
    if arm.code or not any(call.ok and call.image for call in arm.calls):
        reason = _reason(arm, [call for call in arm.calls if call.exit], "its commands leave no image")
        raise Stopped(Verdict.NEW_BUILD_FAILED, rules.NEW_FAILED.at(None, reason=reason), arm.tail)


def check_engine(bench: Bench) -> None:
    """Go on only when the engine has what the script asks for, as far as its calls are known before it is run."""
    if bench.trace is None or bench.options.against is not None:
        return
    found = []
    for world in bench.trace.worlds:
        calls = [call for call in world.calls if call not in world.state.optional]
        refused = [(call, what) for call in calls if (what := bench.engine.refusal(call.call)) is not None]
        if not refused:
            return  # there is a way through the script that may be the one
        found.append(refused[0])
    for call, what in found[:1]:
        engine = bench.engine.title.split()[0]
        raise Stopped(Verdict.NOT_RUN, rules.NOT_WITH_ENGINE.at(call.span, engine=engine, what=what))


def _shown(bench: Bench, path: str) -> str:
    """A path of our copy as it is in the repository."""
    return path.replace(str(bench.work), ".", 1)


def _reason(arm: Arm, failed: list[RecordedCall], otherwise: str) -> str:
    if failed:
        return f"`{failed[-1].shown}` ends with exit code {failed[-1].exit}"
    if arm.code:
        return f"{otherwise + '; ' if otherwise else ''}it ends with exit code {arm.code}"
    return otherwise


def check_outside(bench: Bench, arm: Arm, name: str) -> None:
    """Trouble that is neither way's own: out of time, out of space, the engine is gone, or does not see our files."""
    mount = unseen(arm.session)
    if mount is not None:
        raise Stopped(Verdict.NOT_RUN, rules.UNSEEN_MOUNT.at(None, path=_shown(bench, mount)), arm.tail)
    if arm.session.refusals.is_file():
        what, _, command = arm.session.refusals.read_text(encoding="utf-8").splitlines()[0].partition("\t")
        found = rules.NOT_WITH_ENGINE.at(None, engine=bench.engine.title.split()[0], what=f"{what} (`{command}`)")
        raise Stopped(Verdict.NOT_RUN, found, arm.tail)
    if arm.timed_out:
        found = rules.TIMEOUT.at(None, arm=name, seconds=bench.options.timeout or 0.0)
        raise Stopped(Verdict.TIMEOUT, found, arm.tail)
    around = arm.went_around(bench.trace)
    if around is not None:
        raise Stopped(Verdict.NOT_RUN, around, arm.tail)
    if not arm.code and not any(call.exit for call in arm.calls):
        return
    full = [line for line in arm.tail if "no space left on device" in line.lower()]
    if full:
        raise Stopped(Verdict.NOT_RUN, rules.DISK_FULL.at(None, reason=full[-1].strip()), arm.tail)
    if not bench.engine.answers():
        reason = f"{bench.engine.title} stopped answering in the middle of the {name} build"
        raise Stopped(Verdict.NOT_RUN, rules.ENGINE_GONE.at(None, reason=reason), arm.tail)
