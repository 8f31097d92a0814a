"""What the processes of a container open while it starts, as the kernel tells it: fanotify(7) on its own file system.

The container begins with a program of ours that only waits for a file to appear and then becomes the real one, so
nothing is opened before somebody looks. That takes root on the engine's own machine, an overlay and x86-64.
"""

from __future__ import annotations

import ctypes
import io
import os
import platform
import select
import struct
import tarfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from migrator.engine.layers import may_look

WAITER = "/.migrator-wait"
_GATE = "/.migrator-go"
# In C: while (access(gate, F_OK)) nanosleep(5 ms); execve(argv[1], argv + 2, environ); _exit(127);
_CODE = bytes.fromhex(
    "488d3d5500000031f6b8150000000f0585c07412488d3d3100000031f6b8230000000f05ebda488b7c2410488d742418488b0424"
    "488d54c410b83b0000000f05bf7f000000b83c0000000f05"
    "0000000000000000404b4c0000000000"
)
_INIT = 0x1 | 0x2 | 0x10  # FAN_CLOEXEC, FAN_NONBLOCK, FAN_UNLIMITED_QUEUE
_ADD_FILESYSTEM = 0x1 | 0x100  # FAN_MARK_ADD, FAN_MARK_FILESYSTEM
_OPENS = 0x20 | 0x1000 | 0x40000000  # FAN_OPEN, FAN_OPEN_EXEC, FAN_ONDIR
_OVERFLOW = 0x4000
_HERE = -100  # AT_FDCWD
_EVENT = struct.Struct("=IBBHQii")
_ADDRESS = 0x400000
_STARTING = 10.0


@dataclass(frozen=True)
class Opened:
    """The paths that were opened, files and folders, in order; or `why` nobody could see that.

    `ended` says that the container has ended within the `seconds`, so that this is all.
    """

    paths: tuple[str, ...] = ()
    why: str = ""
    seconds: float = 0.0
    ended: bool = False


class UnseenError(Exception):
    """The kernel, or where the engine runs, does not let us see it; the text says why."""


def refusal() -> str:
    """Why nothing can be seen from here, or the empty text."""
    if not may_look():
        return "that takes root on the engine's machine"
    return "" if platform.machine() == "x86_64" else "that is known for x86-64 only"


def archive() -> bytes:
    """The program that waits, as a tar archive for the root of a container."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as file:
        entry = tarfile.TarInfo(WAITER.lstrip("/"))
        data = _program()
        entry.size, entry.mode = len(data), 0o755
        file.addfile(entry, io.BytesIO(data))
    return whole.getvalue()


def _program() -> bytes:
    """An ELF file of one segment: elf(5)."""
    code = _CODE + _GATE.encode() + b"\0"
    begin = 64 + 56
    head = struct.pack(
        "<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 2, 62, 1, _ADDRESS + begin, 64, 0, 0, 64, 56, 1, 0, 0, 0
    )
    size = begin + len(code)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, _ADDRESS, _ADDRESS, size, size, 0x1000)
    return head + segment + code


def watch(process: int, seconds: float) -> Opened:
    """What is opened in the file system of a process that waits, from when it goes on; raises UnseenError."""
    root = Path("/proc", str(process), "root")
    _check(process, root)
    number = _marked(root)
    try:
        (root / _GATE.lstrip("/")).touch()
        paths, ended = _read(number, process, seconds)
        return Opened(paths, seconds=seconds, ended=ended)
    except OSError as error:
        raise UnseenError(f"the container ended before it was looked at ({error.strerror})") from error
    finally:
        os.close(number)


def _check(process: int, root: Path) -> None:
    """That the process is ours, on this machine, and has a file system that nobody else uses."""
    end = time.monotonic() + _STARTING
    try:
        # Its first moments are those of the engine's own program, which then becomes ours.
        while not (command := Path("/proc", str(process), "cmdline").read_bytes()).startswith(WAITER.encode()):
            if time.monotonic() > end:
                break
            time.sleep(0.01)
        mounts = Path("/proc", str(process), "mountinfo").read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UnseenError("the engine's containers are no processes of this machine") from error
    if not command.startswith(WAITER.encode() + b"\0"):
        raise UnseenError("the engine's containers are no processes of this machine")
    kinds = [line.partition(" - ")[2].split()[0] for line in mounts.splitlines() if line.split()[4] == "/"]
    if kinds[-1:] != ["overlay"] or root.stat().st_dev == Path("/").stat().st_dev:
        raise UnseenError(f"the container is on {kinds[-1] if kinds else 'no file system of its own'}, not an overlay")


def _marked(root: Path) -> int:
    library = ctypes.CDLL(None, use_errno=True)
    number = library.fanotify_init(_INIT, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_LARGEFILE", 0))
    if number < 0:
        raise UnseenError(f"fanotify: {os.strerror(ctypes.get_errno())}")
    mask = ctypes.c_uint64(_OPENS)
    if library.fanotify_mark(number, _ADD_FILESYSTEM, mask, _HERE, os.fsencode(root)) < 0:
        why = os.strerror(ctypes.get_errno())
        os.close(number)
        raise UnseenError(f"fanotify: {why}")
    return int(number)


def _read(number: int, process: int, seconds: float) -> tuple[tuple[str, ...], bool]:
    found: dict[str, None] = {}
    end = time.monotonic() + seconds
    ended = over = False
    while not over:
        # What has ended has opened all that it ever will: whatever is in the queue then is the rest.
        ended = _has_ended(process)
        over = ended or time.monotonic() > end
        if select.select([number], [], [], 0 if over else 0.05)[0]:
            with suppress(BlockingIOError):
                while data := os.read(number, 1 << 16):
                    found |= dict.fromkeys(_paths(data))
    return tuple(path for path in found if not path.startswith("/.migrator-")), ended


def _has_ended(process: int) -> bool:
    """Whether the first process of a container has ended; all others end with it."""
    try:
        return Path("/proc", str(process), "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def _paths(data: bytes) -> list[str]:
    found = []
    at = 0
    while at + _EVENT.size <= len(data):
        length, _, _, _, mask, descriptor, _ = _EVENT.unpack_from(data, at)
        at += length
        if mask & _OVERFLOW or descriptor < 0:
            raise UnseenError("more was opened at once than the kernel notes")
        try:
            path = os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115 - the text, which need not be a path here
        finally:
            os.close(descriptor)
        if not path.endswith(" (deleted)"):
            found.append(path)
    return found
