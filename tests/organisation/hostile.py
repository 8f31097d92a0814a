"""Processes that do not want to end, for the tests: `main` does what its argument says. Started by `process.apart`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def main() -> None:
    """Hangs, forks, fills its folder, says something, or ends in an odd way."""
    what = sys.argv[1]
    print(f"doing {what}", flush=True)  # noqa: T201 - the log
    if what == "hang":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("deaf", flush=True)  # noqa: T201
        time.sleep(1000)
    elif what == "fork":
        while True:
            subprocess.Popen(["sh", "-c", "trap '' TERM; sleep 12345"], start_new_session=True)
            time.sleep(0.01)
    elif what == "fill":
        with Path("filled").open("wb") as file:
            while True:
                file.write(os.urandom(1 << 16))
                time.sleep(0.001)
    elif what == "leave":
        subprocess.Popen(["sh", "-c", "sleep 12345"], start_new_session=True)
    elif what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif what == "fail":
        raise SystemExit(7)
