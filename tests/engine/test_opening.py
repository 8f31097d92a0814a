"""What a container opens while it starts is seen, from its first file on, and nothing of it is left behind."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from migrator.engine import opening
from migrator.engine.opening import UnseenError, watch

if TYPE_CHECKING:
    from conftest import Engine

NAME = "migrator-test-opening"


@pytest.mark.engine
def test_files_folders_and_the_program_itself(each_engine: Engine) -> None:
    each_engine.with_images("alpine:latest")
    seen = each_engine.interface.opened(
        "alpine:latest",
        "/bin/sh",
        ["sh", "-c", "read x < /etc/passwd; ls /etc > /dev/null; cat /etc/gr*p"],
        NAME,
        120.0,
    )
    assert seen.why == ""
    assert seen.ended
    assert {"/bin/busybox", "/etc/passwd", "/etc", "/etc/group"} <= set(seen.paths)
    assert not [path for path in seen.paths if "migrator" in path]
    assert each_engine.docker("ps", "-aq", "--filter", f"name={NAME}").stdout == ""


@pytest.mark.engine
def test_what_goes_on_is_left_after_a_while(engine: Engine) -> None:
    engine.with_images("alpine:latest")
    seen = engine.interface.opened("alpine:latest", "/bin/sleep", ["sleep", "600"], NAME, 3.0)
    assert (seen.why, seen.ended) == ("", False)
    assert "/bin/busybox" in seen.paths


@pytest.mark.engine
def test_a_program_that_is_not_there_opens_nothing(engine: Engine) -> None:
    engine.with_images("alpine:latest")
    seen = engine.interface.opened("alpine:latest", "/bin/none", ["none"], NAME, 120.0)
    assert (seen.why, seen.paths, seen.ended) == ("", (), True)


def test_another_process_is_not_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "_STARTING", 0.1)
    with pytest.raises(UnseenError, match="no processes of this machine"):
        watch(os.getpid(), 1.0)


def test_a_folder_of_the_machine_is_never_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container without an overlay of its own shares its file system with others: all of them would be seen."""
    monkeypatch.setattr(opening, "WAITER", Path("/proc/self/cmdline").read_bytes().split(b"\0")[0].decode())
    with pytest.raises(UnseenError, match="not an overlay"):
        watch(os.getpid(), 1.0)


def test_without_root_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert opening.refusal() == "that takes root on the engine's machine"
