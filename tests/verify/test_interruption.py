"""Whatever ends a verification, nothing of it stays: not in the engine, not on the disk."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from migrator.engine.base import Leftover
from migrator.verify.scratch import scratch, stale_runs, sweep

if TYPE_CHECKING:
    from conftest import Engine

pytestmark = pytest.mark.engine

DRIVER = Path(__file__).with_name("verify_driver.py")
ROOT = str(Path(__file__).parents[2])


def start(engine: Engine, begun: Path, **env: str) -> subprocess.Popen[str]:
    folder = begun.parent / "tmp"
    folder.mkdir(exist_ok=True)
    environment = {**engine.env, "PYTHONPATH": ROOT, "TMPDIR": str(folder), **env}
    return subprocess.Popen(
        [sys.executable, str(DRIVER), str(begun)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "the script did not begin"
        time.sleep(0.05)


def of_process(engine: Engine, pid: int) -> list[str]:
    """What stands in the engine under the name of a process."""
    return [thing.name for thing in engine.interface.named("migrator-") if f"-{pid}-" in thing.name]


def builds_have_ended(engine: Engine) -> None:
    """The classic builder's containers have no name of ours: there must be none that runs."""
    for _ in range(300):
        if not engine.docker("ps", "-q").stdout.strip():
            return
        time.sleep(0.2)
    pytest.fail("a container still runs")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_in_the_middle_of_a_build_leaves_nothing(
    each_engine: Engine, tmp_path: Path, number: signal.Signals
) -> None:
    before = each_engine.holdings()
    begun = tmp_path / "begun"
    process = start(each_engine, begun, SLOW="30")
    wait_for(begun, process)
    time.sleep(2)
    process.send_signal(number)
    _, errors = process.communicate(timeout=180)
    assert process.returncode == 130, errors
    assert of_process(each_engine, process.pid) == []
    assert list((tmp_path / "tmp").iterdir()) == []
    builds_have_ended(each_engine)
    assert each_engine.holdings() == before


def test_ctrl_c_at_ten_random_moments_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    moments = random.Random(7)  # noqa: S311 - any moments, but the same ones each time
    for attempt in range(10):
        process = start(engine, tmp_path / f"begun{attempt}")
        try:
            process.wait(
                moments.uniform(0.2, 3.5)
            )  # on a machine that does nothing else, it is over after four seconds
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=90)
        assert of_process(engine, process.pid) == []
        assert [path.name for path in (tmp_path / "tmp").iterdir() if path.name.startswith("migrator-")] == []


def test_after_kill_the_next_run_sweeps(each_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = tmp_path / "begun"
    process = start(each_engine, begun, SLOW="5")
    wait_for(begun, process)
    deadline = time.monotonic() + 60
    while not of_process(each_engine, process.pid):
        assert time.monotonic() < deadline, "nothing was made that could be left"
        time.sleep(0.1)
    process.kill()
    process.communicate()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    engine = each_engine.interface
    # The script of a verification that was killed runs on, and so may make things for a while.
    for _ in range(100):
        stale = [one for one in stale_runs(engine) if f"-{process.pid}-" in one.run]
        swept = sweep(engine)
        if not stale and not swept and not list((tmp_path / "tmp").iterdir()):
            break
        time.sleep(0.3)
    assert of_process(each_engine, process.pid) == []


# A dozen moments on each engine take minutes; an everyday run takes two on one of them.
KILLS = 12 if "MIGRATOR_EVERY_CASE" in os.environ or "MIGRATOR_PODMAN" in os.environ else 2


def test_after_kill_at_any_moment_doctor_cleans_everything(each_engine: Engine, tmp_path: Path) -> None:
    """Not what it was at when it was killed, nor what its script still made afterwards, nor images without a name."""
    if each_engine.builder == "classic" and KILLS < 12:
        pytest.skip("make test-cases")
    before = each_engine.holdings()
    moments = random.Random(11)  # noqa: S311 - any moments, but the same ones each time
    environment = {**each_engine.env, "PYTHONPATH": ROOT, "TMPDIR": str(tmp_path / "tmp")}
    for attempt in range(KILLS):
        process = start(each_engine, tmp_path / f"begun{attempt}")
        time.sleep(moments.uniform(0.5, 10))
        process.kill()
        process.communicate()
        for _ in range(100):
            clean = [sys.executable, "-m", "migrator", "doctor", "--clean"]
            done = subprocess.run(clean, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            left = [path.name for path in (tmp_path / "tmp").iterdir() if path.name.startswith("migrator-")]
            if not left and each_engine.holdings() == before:
                break
            time.sleep(0.3)
        assert each_engine.holdings() == before
        assert of_process(each_engine, process.pid) == []
        assert left == []


def test_what_is_alive_kept_or_the_user_s_is_not_swept(each_engine: Engine) -> None:
    engine = each_engine.interface
    each_engine.docker("tag", "alpine:latest", "migrator-demo/tool:1")
    each_engine.docker("create", "--name", "migrator-demo", "alpine:latest", "true")
    try:
        with scratch(engine) as place, scratch(engine, keep=True) as kept:
            for one in (place, kept):
                each_engine.docker("tag", "alpine:latest", f"migrator-{one.run}-x/y:1")
            sweep(engine, kept=True)
            assert {thing.name for thing in engine.named("migrator-")} >= {
                f"migrator-{place.run}-x/y:1",
                f"migrator-{kept.run}-x/y:1",
                "migrator-demo/tool:1",
                "migrator-demo",
            }
        assert engine.named(f"migrator-{place.run}") == ()
        assert engine.named(f"migrator-{kept.run}") == (Leftover("image", f"migrator-{kept.run}-x/y:1"),)
    finally:
        each_engine.docker("rm", "-f", "migrator-demo")
        each_engine.docker("rmi", "-f", "migrator-demo/tool:1", f"migrator-{kept.run}-x/y:1")
        kept.folder.rmdir()
    assert each_engine.docker("image", "inspect", "alpine:latest", check=False).returncode == 0


class Relay:
    """A way to the engine that can be cut: what the engine's death looks like from the outside."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._target = engine.env["DOCKER_HOST"].removeprefix("unix://")
        self._pairs: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(64)
        self.host = f"unix://{path}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._target)
            self._pairs += [client, server]
            for one, other in ((client, server), (server, client)):
                self._threads.append(threading.Thread(target=_pump, args=(one, other), daemon=True))
                self._threads[-1].start()

    def cut(self) -> None:
        """From now on nothing answers."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._pairs:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for one in self._pairs:
            one.close()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def test_an_engine_that_dies_in_the_middle_of_a_build_is_said_and_swept_later(
    each_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold_after_death(each_engine, tmp_path, monkeypatch)


NEW_WAY = "building the new way"
CONTROL = "they differ: building the legacy way again, to see whether it repeats itself"


@pytest.mark.parametrize(("moment", "slow"), [(NEW_WAY, "20"), (CONTROL, "6")], ids=["new", "control"])
def test_so_is_one_that_dies_in_the_middle_of_another_build(
    each_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str, slow: str
) -> None:
    if KILLS < 12 and (each_engine.builder, moment) != ("buildkit", NEW_WAY):
        pytest.skip("make test-cases")
    hold_after_death(each_engine, tmp_path, monkeypatch, AT=moment, SLOW=slow)


def hold_after_death(each_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **env: str) -> None:
    if each_engine.builder == "buildah" or not each_engine.env.get("DOCKER_HOST", "").startswith("unix://"):
        pytest.skip("only an engine behind a socket can be cut off here")
    before = each_engine.holdings()
    relay = Relay(each_engine, Path(tempfile.mkdtemp(), "s"))
    begun = tmp_path / "begun"
    process = start(each_engine, begun, **{"SLOW": "20", "DOCKER_HOST": relay.host, **env})
    wait_for(begun, process)
    time.sleep(3)
    relay.cut()
    output, errors = process.communicate(timeout=120)
    assert output == "verdict: not-run ['MG433']\n", errors
    assert "Traceback" not in errors
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    # The engine itself lives on, and may finish what it was at.
    for _ in range(100):
        sweep(each_engine.interface)
        if each_engine.holdings() == before:
            break
        time.sleep(0.3)
    assert each_engine.holdings() == before
    assert list((tmp_path / "tmp").iterdir()) == []
