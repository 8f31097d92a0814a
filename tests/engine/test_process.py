"""The one place that starts programs: limits hold, and nothing stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from migrator.engine.process import Finished, How, attached, run, stream


def sh(text: str) -> list[str]:
    return ["sh", "-c", text]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_code_output_and_errors_are_kept_apart() -> None:
    done = run(sh("echo out; echo err >&2; exit 3"))
    assert (done.code, done.text, done.complaint, done.ok, done.timed_out) == (3, "out", "err", False, False)


def test_merged_output_is_in_order() -> None:
    assert run(sh("echo 1; echo 2 >&2; echo 3"), How(merged=True)).text == "1\n2\n3"


def test_input_by_bytes_by_file_and_none(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"file")
    assert run(["cat"], How(stdin=b"x" * 300_000)).stdout == b"x" * 300_000
    assert run(["cat"], How(stdin=tmp_path / "f")).stdout == b"file"
    assert run(["cat"]).stdout == b""


def test_a_program_that_does_not_read_its_input_is_no_trouble() -> None:
    assert run(["true"], How(stdin=b"x" * 3_000_000)).ok


def test_environment_folder_and_mask_are_those_given(tmp_path: Path) -> None:
    done = run(["/bin/sh", "-c", "env; pwd; umask"], How(cwd=tmp_path, env={"A": "b"}, umask=0o027))
    assert "A=b" in done.text.splitlines()
    assert "HOME" not in done.text
    assert done.text.splitlines()[-2:] == [str(tmp_path), "0027"]


def ended_by_time(script: str, pidfile: Path) -> Finished:
    """A script that was stopped once it had written its pid; a machine under load is given more time to get there."""
    for seconds in (0.5, 5.0, 50.0):
        done = run(sh(script), How(timeout=seconds))
        if pidfile.exists() and pidfile.read_text():
            break
    return done


def test_a_timeout_ends_the_whole_family_and_keeps_what_was_said(tmp_path: Path) -> None:
    pidfile = tmp_path / "pid"
    began = time.monotonic()
    done = ended_by_time(f"echo before; sh -c 'echo $$ > {pidfile}; sleep 1000' & sleep 1000", pidfile)
    assert time.monotonic() - began < 500
    assert done.timed_out
    assert not done.ok
    assert done.text == "before"
    assert not is_alive(int(pidfile.read_text()))


def test_what_refuses_to_end_is_ended(tmp_path: Path) -> None:
    pidfile = tmp_path / "pid"
    done = ended_by_time(f"trap '' TERM; echo $$ > {pidfile}; while :; do sleep 0.1; done", pidfile)
    assert done.timed_out
    assert not is_alive(int(pidfile.read_text()))


def test_what_a_script_leaves_in_the_background_is_ended_and_not_waited_for(tmp_path: Path) -> None:
    pidfile = tmp_path / "pid"
    began = time.monotonic()
    assert run(sh(f"sleep 1000 & echo $! > {pidfile}; echo done")).text == "done"
    assert time.monotonic() - began < 500
    assert not is_alive(int(pidfile.read_text()))


def test_only_the_end_of_much_output_is_kept() -> None:
    done = run(sh("i=0; while [ $i -lt 20000 ]; do echo line-$i; i=$((i+1)); done"), How(limit=1000))
    assert len(done.stdout) == 1000
    assert done.text.endswith("line-19999")


def test_output_is_told_while_the_program_runs(tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    told: list[bytes] = []

    def tell(block: bytes) -> None:
        told.append(block)
        heard.touch()

    # It says more only once somebody has heard what it said first.
    done = run(sh(f"echo a; until [ -e {heard} ]; do sleep 0.05; done; echo b"), How(on_output=tell, timeout=60))
    assert not done.timed_out
    assert b"".join(told) == b"a\nb\n"


def test_a_program_that_does_not_exist() -> None:
    with pytest.raises(FileNotFoundError):
        run(["/nonexistent/program"])


def test_a_stream_is_read_while_it_is_written_and_tells_its_code() -> None:
    with stream(sh("echo one; echo no good >&2; exit 5")) as opened:
        assert opened.stdout.read() == b"one\n"
    assert (opened.code, opened.complaint) == (5, "no good")


def test_leaving_a_stream_early_ends_its_program(tmp_path: Path) -> None:
    pidfile = tmp_path / "pid"
    began = time.monotonic()
    with stream(sh(f"echo $$ > {pidfile}; yes")) as opened:
        assert opened.stdout.read(4) == b"y\ny\n"
    assert time.monotonic() - began < 500
    assert not is_alive(int(pidfile.read_text()))


def test_attached_uses_our_own_streams(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "f").write_text("hello")
    assert attached(["cat"], os.environ, tmp_path / "f") == 0
    assert capfd.readouterr().out == "hello"
    assert attached(sh("exit 9"), os.environ) == 9


def test_ctrl_c_ends_the_program_and_is_passed_on(tmp_path: Path) -> None:
    pidfile = tmp_path / "pid"
    code = (
        "import signal\n"
        "from migrator.engine.process import run\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's background jobs begin without it
        "try:\n"
        f"    run(['sh', '-c', 'echo $$ > {pidfile}.new && mv {pidfile}.new {pidfile}; sleep 100'])\n"
        "except KeyboardInterrupt:\n"
        "    print('heard')\n"
    )
    root = str(Path(__file__).parents[2])
    process = subprocess.Popen(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": root}, stdout=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 90
    while not pidfile.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=90)[0] == "heard\n"
    assert not is_alive(int(pidfile.read_text()))
