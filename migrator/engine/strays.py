"""Processes that got away from their group, found by the folder that they were given to work in (Linux)."""

from __future__ import annotations

import contextlib
import os
import signal
import time

_AGAIN = 0.05
_LOOKS, _SOON = 3, 0.01


def strays(folder: str) -> list[int]:
    """The processes, other than this one, in whose environment the folder, or something below it, stands."""
    mark = os.fsencode(folder)
    found = []
    try:
        names = os.listdir("/proc")  # noqa: PTH208 - twice a second
    except OSError:
        return []
    for name in names:
        if name.isdecimal() and int(name) != os.getpid():
            with contextlib.suppress(OSError):
                if mark in _environment(name):
                    found.append(int(name))
    return found


def _environment(pid: str) -> bytes:
    """What a process has in its environment; for a moment, while it becomes another program, Linux shows none."""
    for _ in range(_LOOKS):
        with open(f"/proc/{pid}/environ", "rb") as file:  # noqa: PTH123 - as above
            if text := file.read():
                return text
        os.readlink(f"/proc/{pid}/exe")  # noqa: PTH115 - an error for what is no program
        time.sleep(_SOON)
    return b""


def end_strays(folder: str, seconds: float) -> bool:
    """Ends them until none is left, also where each starts another; whether that came about in this time."""
    end = time.monotonic() + seconds
    while found := strays(folder):
        # Stopped first: one that is stopped starts no other while the rest are ended.
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in found:
                with contextlib.suppress(OSError):
                    os.kill(pid, number)
        if time.monotonic() > end:
            return False
        time.sleep(_AGAIN)
    return True
