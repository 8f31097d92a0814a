"""What a verification has to say in words: one finding per difference that counts, one per reason to set aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.diagnostics import Rule
from migrator.rules import formats
from migrator.rules import verification as rules
from migrator.verify.beside import are_beside
from migrator.verify.compare import CAUSES
from migrator.verify.cures import with_cure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.diagnostics import Diagnostic
    from migrator.migration.result import Converted
    from migrator.verify.arms import Arm, Bench
    from migrator.verify.verdict import Difference

SHOWN = 5
# The rules by which something is set aside, but for times.
SET_ASIDE = (
    *(rules.RECIPE, rules.NONDETERMINISTIC, rules.IGNORED, rules.HARD_LINK, rules.NAME_LEFT),
    *(rule for rule in vars(formats).values() if isinstance(rule, Rule)),
)


# What else counts against a conversion, beside the causes of what differs at a path.
OTHERS = (
    *(rules.CONFIGURATION, rules.TIME_COUNTED, rules.HARD_LINK_COUNTED, rules.SMOKE),
    *(rules.NOT_MADE, rules.NAME),
)


def remarks(bench: Bench, legacy: Arm) -> Iterator[Diagnostic]:
    """What a person should know beside the differences."""
    for call in legacy.calls:
        if call.refused and call.command not in {"pull", "rmi"}:
            yield rules.NOT_RUN.at(None, call=call.shown)
    if legacy.code:
        yield rules.SCRIPT_FAILED.at(None, code=legacy.code, line=legacy.tail[-1] if legacy.tail else "it is empty")
    if bench.options.against is not None:
        yield rules.AGAINST.at(None, image=bench.options.against)
    elif bench.options.replay:
        yield rules.REPLAYED.at(None)
    if are_beside(bench):
        yield (rules.BESIDE_SHARED if _shares(bench) else rules.BESIDE).at(None)
    if bench.options.on_network == "none":
        yield rules.NO_NETWORK.at(None)
    if bench.options.reuse_cache:
        yield rules.SHARED_CACHE.at(None)


def _shares(bench: Bench) -> bool:
    return bench.engine.builder == "buildkit" and not bench.options.reuse_cache


def of_differences(differences: tuple[Difference, ...], made: Converted) -> Iterator[Diagnostic]:
    """One finding per difference that counts, and one per reason for which others are set aside."""
    by_code = {rule.code: rule for rule in (*CAUSES.values(), *OTHERS)}
    for one in differences:
        if not one.set_aside and one.cause in by_code:
            field = one.aspect.removeprefix("config.").removeprefix("smoke.")
            found = by_code[one.cause].at(None, path=one.path, legacy=one.legacy, new=one.new, field=field)
            yield with_cure(found, one, differences, made)
    for rule in SET_ASIDE:
        paths = _shown(differences, rule)
        if paths:
            yield rule.at(None, paths=paths)
    times = sum(one.set_aside and one.cause == rules.TIME.code for one in differences)
    if times:
        yield rules.TIME.at(None, count=times)


def _shown(differences: tuple[Difference, ...], rule: Rule) -> str:
    places = list(
        dict.fromkeys(one.path or one.aspect for one in differences if one.set_aside and one.cause == rule.code)
    )
    more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
    return ", ".join(places[:SHOWN]) + more
