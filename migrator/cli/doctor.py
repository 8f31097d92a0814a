"""`migrator doctor`: what is there, what works, what to install; and what runs that were killed left behind."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from migrator.engine.buildah.engine import find_buildah
from migrator.engine.docker import Docker, find_docker, versions
from migrator.engine.podman import find_podman
from migrator.errors import EngineError
from migrator.report.display import visible
from migrator.report.verification import size
from migrator.verify.scratch import interruptible, stale_runs, sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from migrator.engine.base import Engine
    from migrator.engine.buildah.engine import Buildah
    from migrator.engine.podman import Podman

DONE = 0
OUTSIDE = 2
_ENOUGH = 2 << 30

EPILOG = """
\b
Exit codes:
  0  an engine answers, so `migrator verify` can work
  2  none does
"""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: whether it is as it should be, what was found, what to do about it."""

    mark: str
    what: str
    found: str
    advice: str = ""


@click.command(epilog=EPILOG)
@click.option("--clean", is_flag=True, help="Remove what killed or --keep runs left: containers, images, folders.")
def doctor(*, clean: bool) -> int:
    """Say which container engines answer, which builder works, how much disk is free, and what to install."""
    engines: list[Engine] = []
    for check in (
        *_docker(engines),
        *_other("podman", find_podman, engines),
        *_other("buildah", find_buildah, engines),
        *_others(),
    ):
        _print(check)
    if clean and engines:
        with interruptible():
            _clean(engines)
    return DONE if engines else OUTSIDE


def _print(check: Check) -> None:
    click.echo(f"{check.mark:4} {check.what:10} {visible(check.found)}")
    if check.advice:
        click.echo(f"{'':15} {check.advice}")


def _docker(engines: list[Engine]) -> Iterator[Check]:
    """What there is to say of Docker; an engine that answers is put to the list."""
    try:
        engine = find_docker()
    except EngineError as error:
        yield Check("no", "docker", error.message, error.advice or "")
        return
    engines.append(engine)
    yield from _docker_answers(engine)
    yield from _kept(engine)


def _other(name: str, find: Callable[[], Podman | Buildah], engines: list[Engine]) -> Iterator[Check]:
    """The same of an engine that need not be there."""
    if shutil.which(name) is None:
        return
    try:
        engine = find()
    except EngineError as error:
        yield Check("no", name, error.message, error.advice or "")
        return
    use = f"`--engine {name}` takes it" if engines else "it is used, since nothing else answers"
    engines.append(engine)
    yield Check("ok", name, f"{engine.version} at {engine.client}; {use}")
    yield from _kept(engine)


def _docker_answers(engine: Docker) -> Iterator[Check]:
    client, _, _ = versions(engine.client, os.environ)
    yield Check("ok", "docker", f"engine {engine.version} answers; client {client} at {engine.client}")
    if engine.buildx:
        yield Check("ok", "buildkit", f"buildx {engine.buildx}")
    elif engine.builder == "buildkit":
        yield Check("ok", "buildkit", "built into the client")
    else:
        yield Check(
            "no", "buildkit", "the client has no buildx plugin", "Install docker-buildx to build with BuildKit."
        )
    yield Check("ok", "builder", f"{engine.builder} is used unless --builder says otherwise")


def _kept(engine: Engine) -> Iterator[Check]:
    """Room for images, and what earlier runs left."""
    free = engine.free_space()
    if free is not None:
        yield _space("images", free, f"where {engine.title.split()[0]} keeps its images")
    stale = stale_runs(engine)
    if stale:
        count = sum(len(one.things) + bool(one.folder) for one in stale)
        yield Check(
            "!!", "leftovers", f"{count} of {len(stale)} earlier runs", "`migrator doctor --clean` removes them."
        )


def _others() -> Iterator[Check]:
    yield _space("temporary", shutil.disk_usage(tempfile.gettempdir()).free, f"in {tempfile.gettempdir()}")
    for name, needed in (("bash", "the script is run with it: install bash"), ("git", "")):
        found = shutil.which(name)
        yield Check("ok" if found else "no", name, found or "not on the PATH", "" if found else needed)


def _space(what: str, free: int, where: str) -> Check:
    enough = free >= _ENOUGH
    return Check(
        "ok" if enough else "!!", what, f"{size(free)} free {where}", "" if enough else "Make room: builds need it."
    )


def _clean(engines: list[Engine]) -> None:
    removed = [one for engine in engines for one in sweep(engine, kept=True)]
    for one in removed:
        click.echo(
            f"removed what run {one.run} left: {len(one.things)} in the engine, {'a' if one.folder else 'no'} folder"
        )
    if not removed:
        click.echo("nothing is left of earlier runs")
