"""The one place that starts other programs: with limits on time and output, and nothing left running behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from dataclasses import replace as replaced
from typing import IO, TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing.process import BaseProcess
    from pathlib import Path

OUTPUT_LIMIT = 64 << 20
GRACE = 5.0
WATCH = 0.5
BLOCK = 1 << 16
# The folder of the package goes on the path of the process alone, not into the environment of the user's scripts.
START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from {} import main; main()"
PACKAGES = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # noqa: PTH100, PTH120 - no pathlib here


@dataclass(frozen=True)
class Finished:
    """What a program that ended left: its exit code and the end of its output."""

    argv: tuple[str, ...]
    code: int
    stdout: bytes
    stderr: bytes
    timed_out: bool
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether it ended by itself and reported success."""
        return self.code == 0 and not self.timed_out

    @property
    def text(self) -> str:
        """Its standard output as text, without white space at the end."""
        return self.stdout.decode("utf-8", "surrogateescape").rstrip()

    @property
    def complaint(self) -> str:
        """Its standard error as text, without white space around it."""
        return self.stderr.decode("utf-8", "replace").strip()


@dataclass(frozen=True)
class How:
    """How a program is started and watched.

    With `own_group` the program and all its children can be ended at once; without it they stay in our process
    group, and get the signals that we get. `merged` sends its standard error where its standard output goes. `watch` is
    asked twice a second whether the program is to be ended.
    """

    cwd: Path | str | None = None
    env: Mapping[str, str] | None = None
    stdin: bytes | Path | None = None
    inherit_stdin: bool = False
    timeout: float | None = None
    merged: bool = False
    own_group: bool = True
    limit: int = OUTPUT_LIMIT
    umask: int = -1
    on_output: Callable[[bytes], None] | None = None
    on_error: Callable[[bytes], None] | None = None
    watch: Callable[[], bool] | None = None


PLAIN = How()


class _Tail:
    """Reads a stream to its end in a thread and keeps its last `limit` bytes."""

    def __init__(self, stream: IO[bytes], limit: int, tell: Callable[[bytes], None] | None) -> None:
        self._blocks: deque[bytes] = deque()
        self._held = 0
        self._stream, self._limit, self._tell = stream, limit, tell
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # the other side was ended, or we closed the pipe
            while block := os.read(self._stream.fileno(), BLOCK):
                if self._tell is not None:
                    self._tell(block)
                self._blocks.append(block)
                self._held += len(block)
                while self._held - len(self._blocks[0]) >= self._limit:
                    self._held -= len(self._blocks.popleft())

    def content(self) -> bytes:
        return b"".join(self._blocks)[-self._limit :]


def run(argv: Sequence[str], how: How = PLAIN) -> Finished:
    """Run a program to its end; it and what it started are ended on a timeout, on Ctrl-C and on any other failure."""
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        source = _stdin(how, stack)
        process = subprocess.Popen(  # noqa: S603 - the arguments are a list, no shell reads them
            list(argv),
            cwd=how.cwd,
            env=None if how.env is None else dict(how.env),
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if how.merged else subprocess.PIPE,
            start_new_session=how.own_group,
            umask=how.umask,
        )
        tails = [
            _Tail(stream, how.limit, tell)
            for stream, tell in ((process.stdout, how.on_output), (process.stderr, how.on_error))
            if stream is not None
        ]
        stack.callback(_close, process)
        try:
            timed_out = _wait(process, how)
        finally:
            # Also on success: what a script left in the background would hold our pipes open for ever.
            if how.own_group:
                end_group(process)
            elif process.poll() is None:
                process.kill()
            process.wait()
        for tail in tails:
            tail.thread.join(GRACE)
        outputs = [tail.content() for tail in tails]
    seconds = time.monotonic() - began
    return Finished(tuple(argv), process.returncode, outputs[0], outputs[1] if outputs[1:] else b"", timed_out, seconds)


def _stdin(how: How, stack: contextlib.ExitStack) -> int | IO[bytes] | None:
    if how.inherit_stdin:
        return None
    if how.stdin is None:
        return subprocess.DEVNULL
    if isinstance(how.stdin, bytes):
        return subprocess.PIPE
    return stack.enter_context(how.stdin.open("rb"))


def _wait(process: subprocess.Popen[bytes], how: How) -> bool:
    """Feed the program, then wait for it; True when the time was over first, or the watch had enough of it."""
    if isinstance(how.stdin, bytes) and process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(how.stdin)
            process.stdin.close()
    end = None if how.timeout is None else time.monotonic() + how.timeout
    while True:
        left = None if end is None else max(end - time.monotonic(), 0)
        try:
            process.wait(left if how.watch is None else min(WATCH, WATCH if left is None else left))
        except subprocess.TimeoutExpired:
            if (end is not None and time.monotonic() >= end) or (how.watch is not None and how.watch()):
                return True
        else:
            return False


def _close(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End a program and every process of its group: politely, and after a grace period without asking."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + GRACE
        try:
            os.killpg(process.pid, number)
            while time.monotonic() < deadline:
                process.poll()  # a leader that nobody waited for would stay in its group
                os.killpg(process.pid, 0)
                time.sleep(0.01)
        except (ProcessLookupError, PermissionError):
            return


@dataclass
class Stream:
    """A program whose standard output is read while it runs; `code` and `complaint` are there once it is closed."""

    stdout: IO[bytes]
    code: int | None = None
    complaint: str = field(default="")


@contextlib.contextmanager
def stream(argv: Sequence[str], env: Mapping[str, str] | None = None) -> Iterator[Stream]:
    """A program's output as a file to read; leaving the block early ends the program."""
    with subprocess.Popen(  # noqa: S603 - the arguments are a list, no shell reads them
        list(argv),
        env=None if env is None else dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        bufsize=1 << 20,
    ) as process:
        if process.stdout is None or process.stderr is None:
            raise OSError("no pipe to a program that was just started with one")
        errors = _Tail(process.stderr, BLOCK, None)
        opened = Stream(process.stdout)
        try:
            yield opened
        finally:
            # Closed first: a writer that nobody reads from would wait for ever.
            process.stdout.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(GRACE)
            end_group(process)
            opened.code = process.wait()
            errors.thread.join(GRACE)
            opened.complaint = errors.content().decode("utf-8", "replace").strip()


def attached(
    argv: Sequence[str],
    env: Mapping[str, str],
    stdin: Path | None = None,
    on_error: Callable[[bytes], None] | None = None,
    *,
    silent: bool = False,
) -> int:
    """Run a program on our own standard streams and in our own process group; its exit code.

    `on_error` gets what it writes to its standard error. With `silent` it has an empty standard input.
    """
    with contextlib.ExitStack() as stack:
        source = stack.enter_context(stdin.open("rb")) if stdin else subprocess.DEVNULL if silent else None
        if on_error is None:
            return subprocess.run(list(argv), env=dict(env), stdin=source, check=False).returncode  # noqa: S603 - a list, no shell
        process = subprocess.Popen(list(argv), env=dict(env), stdin=source, stderr=subprocess.PIPE)  # noqa: S603 - as above
        stack.callback(_close, process)
        try:
            while process.stderr is not None and (block := os.read(process.stderr.fileno(), BLOCK)):
                on_error(block)
            return process.wait()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


@contextlib.contextmanager
def heard_to_the_end() -> Iterator[None]:
    """A block that SIGTERM does not end: what it waits for gets that signal as well, and its last words are heard."""
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def replace(argv: Sequence[str], env: Mapping[str, str]) -> NoReturn:
    """Become another program."""
    os.execvpe(argv[0], list(argv), dict(env))  # noqa: S606 - a list, no shell, and that is the purpose


def apart(module: str, arguments: Sequence[str], how: How, preload: Sequence[str] = ()) -> Finished:
    """What `main()` of a module of ours leaves that runs in a process and a process group of its own.

    As `run` of a new interpreter with that module, with its output merged, but in a fork of a process that has the
    modules `preload` loaded already. That process is one for all calls, and has neither threads nor files of ours.
    """
    import multiprocessing  # noqa: PLC0415 - as in `workers`
    import tempfile  # noqa: PLC0415 - as above

    if sys.platform != "linux" or multiprocessing.current_process().daemon:
        # The worker of a pool may start programs, but no processes in this way.
        words = [sys.executable, "-P", "-c", START.format(module), PACKAGES, *arguments]
        return run(words, replaced(how, merged=True, env={**os.environ, **(how.env or {})}))
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*preload])
    began = time.monotonic()
    data = how.stdin if isinstance(how.stdin, bytes) else b""
    with tempfile.NamedTemporaryFile(dir=how.cwd, prefix="log-") as log:
        given = (module, tuple(arguments), data, str(how.cwd or "/"), {**os.environ, **(how.env or {})}, log.name)
        process = context.Process(target=_begin_apart, args=given)
        process.start()
        try:
            timed_out = _wait_apart(process, how)
        finally:
            _end_apart(process)
        log.seek(max(log.seek(0, os.SEEK_END) - how.limit, 0))
        output = log.read()
    code = -signal.SIGKILL if process.exitcode is None else process.exitcode
    process.close()
    return Finished((module, *arguments), code, output, b"", timed_out, time.monotonic() - began)


def _begin_apart(module: str, arguments: tuple[str, ...], data: bytes, cwd: str, env: dict[str, str], log: str) -> None:
    import importlib  # noqa: PLC0415 - for this process only
    import io  # noqa: PLC0415 - as above
    import tempfile  # noqa: PLC0415 - as above

    os.setsid()
    os.chdir(cwd)
    os.environ.clear()  # what was set when the process began of which this is a fork may be long gone
    os.environ.update(env)
    tempfile.tempdir = None
    number = os.open(log, os.O_WRONLY | os.O_APPEND)
    for standard in (1, 2):
        os.dup2(number, standard)
    os.close(number)
    sys.stdin = io.TextIOWrapper(io.BytesIO(data))
    sys.stdout = open(1, "w", encoding="utf-8", errors="surrogateescape", buffering=1, closefd=False)  # noqa: SIM115 - for as long as it lives
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115 - as above
    sys.argv = [module, *arguments]
    importlib.import_module(module).main()


def _wait_apart(process: BaseProcess, how: How) -> bool:
    end = None if how.timeout is None else time.monotonic() + how.timeout
    while process.is_alive():
        process.join(WATCH)
        if process.is_alive() and (
            (end is not None and time.monotonic() >= end) or (how.watch is not None and how.watch())
        ):
            return True
    return False


def _end_apart(process: BaseProcess) -> None:
    """Ends the process and its group, as `end_group` does."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + GRACE
        try:
            if process.is_alive():
                os.kill(process.pid or 0, number)  # it may not be at the head of a group yet
            os.killpg(process.pid or 0, number)
            while time.monotonic() < deadline:
                process.join(0.01)
                os.killpg(process.pid or 0, 0)
        except (ProcessLookupError, PermissionError):
            if not process.is_alive():
                break
    process.join(GRACE)


def workers(count: int, memory: int) -> ProcessPoolExecutor:
    """So many processes of our own for independent work; none allocates more than `memory` bytes or outlives us."""
    # Loaded here: the recorder of a verification imports this module for each call of a script.
    import multiprocessing  # noqa: PLC0415
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415

    # A fork has everything that we have loaded; elsewhere than on Linux it is not safe.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else None)
    return ProcessPoolExecutor(count, mp_context=context, initializer=_begin_work, initargs=(memory, os.getpid()))


def _begin_work(memory: int, parent: int) -> None:
    # Ctrl-C is for the parent to tell of; its workers just end.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    import resource  # noqa: PLC0415 - as above

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or hard > memory:
        resource.setrlimit(resource.RLIMIT_DATA, (memory, hard))
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """Ends this process once its parent is gone, which a queue would wait for without end."""
    while os.getppid() == parent:
        time.sleep(GRACE)
    os._exit(1)
