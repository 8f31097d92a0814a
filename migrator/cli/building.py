"""What the commands that build have in common: their options, and one verification as these say."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import click

from migrator.engine.find import find_engine
from migrator.rules import verification as rules
from migrator.verify.arms import VerifyOptions
from migrator.verify.repair import Repaired, repair
from migrator.verify.scratch import interruptible
from migrator.verify.settle import Asides
from migrator.verify.verify import verify as verified

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from migrator.cli.subject import Subject
    from migrator.interpret.run import Outcome
    from migrator.migration.result import Converted
    from migrator.migration.wishes import Runtime
    from migrator.verify.verdict import NotVerified, Verification

DISK = 10240

F = TypeVar("F", bound="Callable[..., object]")


@dataclass(frozen=True)
class Request:
    """What the command line says about a verification."""

    script: str | None
    args: tuple[str, ...]
    env: dict[str, str]
    builder: str
    reuse_cache: bool
    keep: bool
    timeout: float
    quiet: bool
    verbose: bool
    engine: str = "auto"
    strict: bool = False
    ignore: tuple[str, ...] = ()
    ignore_mtime: bool = False
    report_dir: Path | None = None
    against: str | None = None
    legacy: str = "script"
    smoke: str | None = None
    explain_difference: str | None = None
    repair: bool = False
    config: bool = True
    aside: tuple[str, ...] = ()
    network: str | None = None
    disk: int = DISK
    side_by_side: str = "auto"
    runtimes: tuple[Runtime, ...] = ()

    def options(self) -> VerifyOptions:
        """The same for the function that verifies, telling progress where there is somebody to see it."""
        talks = self.verbose or (sys.stderr.isatty() and not self.quiet)
        return VerifyOptions(
            args=self.args,
            env=self.env,
            behind=tuple(runtime.command for runtime in self.runtimes),
            timeout=self.timeout or None,
            reuse_cache=self.reuse_cache,
            keep=self.keep,
            records=self.report_dir,
            against=self.against,
            replay=self.legacy == "replay",
            network=self.network,
            disk=self.disk << 20 if self.disk else None,
            beside={"yes": True, "no": False}.get(self.side_by_side),
            smoke=self.smoke,
            explain=self.explain_difference,
            asides=Asides(self.strict, self.ignore, self.ignore_mtime),
            say=_say if talks or self.keep else lambda _: None,
            output=_pass_on if self.verbose else None,
        )


def _say(text: str) -> None:
    click.echo(f"migrator: {text}", err=True)


def _pass_on(block: bytes) -> None:
    stream = getattr(sys.stderr, "buffer", None)
    if stream is not None:
        stream.write(block)
        stream.flush()


# Each decorator comes after those below it: the last is the first in the help.
ASIDES_AND_BUILDER = (
    click.option("--ignore-mtime", is_flag=True, help="Set modification times aside, which only --strict does not."),
    click.option(
        "--ignore",
        multiple=True,
        metavar="GLOB",
        help="Set aside what differs at such paths of the images; may be given again. `*` takes slashes too.",
    ),
    click.option("--strict", is_flag=True, help="Set nothing aside: no times, no recipes, no format's own ids."),
    click.option(
        "--timeout",
        type=click.FloatRange(min=0),
        default=3600.0,
        show_default=True,
        metavar="SECONDS",
        help="How long each way may take; 0 is for ever.",
    ),
    click.option("--keep", is_flag=True, help="Remove nothing that was made; `migrator doctor --clean` does it later."),
    click.option("--reuse-cache", is_flag=True, help="Let both ways use the builder's cache."),
    click.option(
        "--builder",
        type=click.Choice(["auto", "buildkit", "classic"]),
        default="auto",
        show_default=True,
        help="What builds.",
    ),
    click.option(
        "--engine",
        type=click.Choice(["auto", "docker", "podman", "buildah"]),
        default="auto",
        show_default=True,
        help="Which container engine; auto is Docker, or podman where no Docker answers, or buildah.",
    ),
)
LIMITS = (
    click.option(
        "--disk",
        type=click.IntRange(min=0),
        default=DISK,
        show_default=True,
        metavar="MB",
        help="How much may lie on the disk outside of the engine; 0 is no limit.",
    ),
    click.option(
        "--network",
        metavar="NAME",
        help="The network of all builds and containers: `none`, `default` for what the script and the engine say,"
        " or one of the engine's; without it `default`, and `none` for a replay.",
    ),
    click.option(
        "--side-by-side",
        type=click.Choice(["auto", "yes", "no"]),
        default="auto",
        show_default=True,
        help="Run both ways at once; auto does where the builder keeps them apart and has two processors.",
    ),
)


def engine_options(function: F) -> F:
    """The options of every command that builds."""
    for option in (*LIMITS, *ASIDES_AND_BUILDER):
        function = option(function)
    return function


def repair_option(function: F) -> F:
    """The option `--repair`."""
    return click.option(
        "--repair",
        is_flag=True,
        help="Where the images differ, try the cures that we know, one by one, and keep those that help.",
    )(function)


def named_asides(outcome: Verification | NotVerified, aside: tuple[str, ...]) -> Verification | NotVerified:
    """The outcome with a finding on what the repository's own configuration sets aside, also where that is nothing."""
    if not aside:
        return outcome
    found = rules.ASIDE_BY_REPOSITORY.at(None, options=", ".join(aside))
    return replace(outcome, diagnostics=(*outcome.diagnostics, found))


def prove(request: Request, subject: Subject, conversion: Converted, trace: Outcome | None) -> Repaired:
    """Find an engine and verify with it, and repair where that is asked for; `trace` is what was read in the script."""
    builder = None if request.builder == "auto" else request.builder
    engine = find_engine(request.engine, builder)  # type: ignore[arg-type]  # click chose
    rounds = 0

    def once(candidate: Converted) -> Verification | NotVerified:
        nonlocal rounds
        chosen = request.options()
        if rounds and chosen.records is not None:
            # What a round before has left stays what it is about.
            chosen = replace(chosen, records=chosen.records / f"round-{rounds}")
        rounds += 1
        return named_asides(verified(subject.project, candidate, chosen, engine, subject.root, trace), request.aside)

    with interruptible():
        outcome = once(conversion)
        return repair(conversion, outcome, once) if request.repair else Repaired(conversion, outcome, ())
