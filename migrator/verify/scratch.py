"""Where a verification works, and how everything that it made is removed again, whatever happens."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import re
import secrets
import signal
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.engine.base import Leftover
from migrator.engine.removal import remove_folder
from migrator.errors import EngineError
from migrator.verify.recorder.session import PREFIX, STEPS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.engine.base import Engine

_KEPT = "kept-"
_RUN = re.compile(rf"{PREFIX}(?P<run>(?P<kept>{_KEPT})?(?P<host>[0-9a-f]{{8}})-(?P<pid>\d+)-[0-9a-f]{{6}})")


@dataclass(frozen=True)
class Scratch:
    """One verification's own folder, and the text that is in every name that it makes."""

    run: str
    folder: Path
    keep: bool = False


def _host() -> str:
    """The name of this machine in eight characters: who shares an engine has runs that are none of ours."""
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


@contextlib.contextmanager
def scratch(engine: Engine, *, keep: bool = False) -> Iterator[Scratch]:
    """A place to work in. When it is left, everything made under its name is gone, unless `keep`."""
    run = f"{_KEPT if keep else ''}{_host()}-{os.getpid()}-{secrets.token_hex(3)}"
    folder = Path(tempfile.gettempdir(), PREFIX + run)
    folder.mkdir(mode=0o700)
    try:
        yield Scratch(run, folder, keep)
    finally:
        if not keep:
            with undisturbed():
                remove_run(engine, run, folder)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Ctrl-C and the like are ignored inside: they have been heard, and this is the answer to them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, signal.SIG_IGN) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Inside, being terminated or hung up on ends us as Ctrl-C does: what was made is removed first."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, signal.default_int_handler) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def remove_run(engine: Engine, run: str, folder: Path) -> None:
    """Remove everything that a run made: containers, images, volumes, networks, and its folder."""
    untagged, began = _recorded_images(folder), _began(folder)
    try:
        if began:
            engine.mend(began)
        # A builder that was interrupted may finish a step of its own while we look.
        for _ in range(3):
            things = engine.named(PREFIX + run)
            if not things:
                break
            engine.remove(things)
        # The last first: an image stays while another stands on it.
        for image in reversed(untagged):
            found = engine.image(image)
            if found is not None and not found.tags:
                engine.remove([Leftover("image", found.id)])
    except EngineError:
        # Only the records in the folder tell which images without a name are ours: they stay for the next sweep.
        for name in ("work", "beside"):
            remove_folder(folder / name)
        raise
    remove_folder(folder)


def _recorded_images(folder: Path) -> list[str]:
    """The ids of the images that were made in a folder: one that lost its name is found by nothing else."""
    found: dict[str, None] = {}
    for log in folder.glob("*/calls.jsonl"):
        for line in log.read_text(encoding="ascii", errors="replace").splitlines():
            with contextlib.suppress(ValueError):
                image = json.loads(line).get("image")
                if image:
                    found[image["id"]] = None
    for steps in folder.glob(f"*/{STEPS}"):
        found.update(dict.fromkeys(steps.read_text(encoding="ascii", errors="replace").split()))
    return list(found)


@dataclass(frozen=True)
class Stale:
    """What a run left behind that did not come to its end, or was told to keep it."""

    run: str
    kept: bool
    things: tuple[Leftover, ...]
    folder: Path | None


def stale_runs(engine: Engine) -> tuple[Stale, ...]:
    """The runs of this machine that left something behind and are not under way any more."""
    things: dict[str, list[Leftover]] = {}
    folders: dict[str, Path] = {}
    found: dict[str, re.Match[str]] = {}
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        match = _RUN.fullmatch(folder.name)
        if match and _is_of(engine, folder):
            found[match["run"]] = match
            folders[match["run"]] = folder
    dead = [folder for run, folder in folders.items() if not _is_alive(int(found[run]["pid"]))]
    began = [moment for moment in map(_began, dead) if moment]
    if began:
        engine.mend(min(began))
    for thing in engine.named(PREFIX):
        match = _RUN.match(thing.name)
        if match:
            found[match["run"]] = match
            things.setdefault(match["run"], []).append(thing)
    return tuple(
        Stale(run, bool(match["kept"]), tuple(things.get(run, ())), folders.get(run))
        for run, match in found.items()
        if match["host"] == _host() and not _is_alive(int(match["pid"]))
    )


def _began(folder: Path) -> float:
    """When a run made its folder: the oldest of what it put there at once; 0 where there is nothing."""
    with contextlib.suppress(OSError):
        return min((path.stat().st_mtime for path in folder.glob("*/session.json")), default=0.0)
    return 0.0


def _is_of(engine: Engine, folder: Path) -> bool:
    """Whether a run's folder is that of a run on this engine: its records name images without a name of that one."""
    for path in folder.glob("*/session.json"):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            return Path(json.loads(path.read_text(encoding="utf-8"))["client"][-1]).name == Path(engine.client).name
    return True


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def sweep(engine: Engine, *, kept: bool = False) -> tuple[Stale, ...]:
    """Remove what runs that were killed left behind, and with `kept` also what was left on purpose; what it was."""
    stale = tuple(one for one in stale_runs(engine) if kept or not one.kept)
    for one in stale:
        with contextlib.suppress(EngineError):
            remove_run(engine, one.run, one.folder or Path("/nonexistent"))
    return stale
