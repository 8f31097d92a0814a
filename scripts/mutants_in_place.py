"""Mutants inside of functions, each tried with no more than the tests that reach its function.

A session of pytest collects the tests once, with the package as it is. One forked process runs them all and notes which
functions each calls; then a process is forked for every mutant, gets the function's changed code put into the function
object that is there, and runs the tests that call it, the quickest first, until one fails.

What was reckoned while modules were loaded, or stands in a cache by then, stays as it was: a mutant of it is taken to
survive, never to be killed.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from importlib import import_module
from itertools import pairwise
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Protocol

from _pytest.runner import runtestprotocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import pytest

LEAST_SECONDS = 10  # before a test is said not to end
TIMES_AS_LONG = 10
SLOW = 3  # the exit code of a child that says so


class Change(Protocol):
    """What is asked of a mutant here."""

    @property
    def module(self) -> str:
        """Its path in the package."""
        ...

    @property
    def start(self) -> int:
        """The first character that is changed."""
        ...

    def applied(self, source: str) -> str:
        """The module with the change."""
        ...


class InPlace:
    """A plugin of pytest that tries mutants in place of running the tests.

    `told` hears of each: its number, what came of it, how many tests it had, how many seconds they took.
    """

    def __init__(
        self, package: Path, changes: Sequence[Change], told: Callable[[int, str, int, float], None], seconds: float
    ) -> None:
        self.package, self.changes, self.told = package, changes, told
        self.end = time.monotonic() + (seconds or 1e9)
        self.reach: dict[int, set[str]] = {}  # the number of a test: the functions that it calls
        self.took: dict[int, float] = {}
        self.sources = {one.module: (package / one.module).read_text(encoding="utf-8") for one in changes}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Runs all tests once, then those of each mutant."""
        self.session = session
        self._learn()
        self._trust()
        for number, change in enumerate(self.changes):
            if time.monotonic() > self.end:
                break
            self._try(number, change)
        return True

    def _learn(self) -> None:
        """Notes what each test calls and how long it takes; ends the run where one fails as it is."""
        reading, writing = os.pipe()
        folder = tempfile.mkdtemp(prefix="mutant-")
        if not os.fork():
            os.close(reading)
            _quiet(folder)
            with os.fdopen(writing, "w") as out:
                for number, failed, seconds, called in self._watched():
                    out.write(json.dumps([number, failed, seconds, sorted(called)]) + "\n")
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as lines:
            for line in lines:
                number, failed, seconds, called = json.loads(line)
                if failed:
                    raise SystemExit(f"{self.session.items[number].nodeid} fails with nothing changed")
                self.reach[number], self.took[number] = set(called), seconds
        os.wait()
        shutil.rmtree(folder, ignore_errors=True)

    def _trust(self) -> None:
        """Ends the run where the tests fail, with nothing changed, in the order and the way that mutants have them."""
        every = sorted(self.took, key=lambda one: self.took[one])
        if _forked(lambda: self._any_fails(every)) != "survived":
            raise SystemExit("the tests fail with nothing changed where the quickest come first")

    def _watched(self) -> Iterator[tuple[int, bool, float, set[str]]]:
        """Runs every test; its number, whether it failed, its seconds and the functions of the package it called."""
        called: set[CodeType] = set()

        def watch(frame: object, _event: str, _argument: object) -> None:
            called.add(frame.f_code)  # type: ignore[attr-defined]

        inside = str(self.package) + os.sep
        for number in range(len(self.session.items)):
            called.clear()
            sys.settrace(watch)
            threading.settrace(watch)
            begun = time.monotonic()
            failed = self._fails(number, number + 1)
            sys.settrace(None)
            yield (
                number, failed, time.monotonic() - begun,
                {_named(one, inside) for one in called if one.co_filename.startswith(inside)},
            )  # fmt: skip

    def _fails(self, number: int, following: int) -> bool:
        """Whether a test fails; the one that follows says which fixtures are kept."""
        items = self.session.items
        reports = runtestprotocol(
            items[number], log=False, nextitem=items[following] if following < len(items) else None
        )
        return any(report.failed for report in reports)

    def _try(self, number: int, change: Change) -> None:
        found = function_of(self.sources[change.module], change.start)
        new = None if found is None else _code(change.applied(self.sources[change.module]), *found)
        live = None if found is None else _live(change.module, *found)
        if found is None or new is None or live is None or len(new.co_freevars) != len(live.__code__.co_freevars):
            self.told(number, "outside", 0, 0)
            return
        name = f"{change.module}:{found[0]}"
        tests = sorted((one for one, called in self.reach.items() if name in called), key=lambda one: self.took[one])
        begun = time.monotonic()
        verdict = _forked(lambda: self._seen(live, new, tests)) if tests else "unreached"
        self.told(number, verdict, len(tests), time.monotonic() - begun)

    def _seen(self, live: FunctionType, new: CodeType, tests: list[int]) -> bool:
        live.__code__ = new
        return self._any_fails(tests)

    def _any_fails(self, tests: list[int]) -> bool:
        """Whether one of them fails; a test that does not end in many times its time ends the process as slow."""
        signal.signal(signal.SIGALRM, lambda *_: os._exit(SLOW))
        for one, following in pairwise([*tests, len(self.session.items)]):
            signal.setitimer(signal.ITIMER_REAL, max(LEAST_SECONDS, TIMES_AS_LONG * self.took[one]))
            if self._fails(one, following):
                return True
        return False


def _forked(failed: Callable[[], bool]) -> str:
    """Forks, and tells what the child says: killed, survived; slow where a test of it does not end in time."""
    folder = tempfile.mkdtemp(prefix="mutant-")
    child = os.fork()
    if not child:
        os.setsid()
        code = 1
        with contextlib.suppress(BaseException):
            _quiet(folder)
            code = int(failed())
        os._exit(code)
    _, status = os.waitpid(child, 0)
    with contextlib.suppress(ProcessLookupError):  # what a test had started
        os.killpg(child, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)
    return {0: "survived", SLOW: "slow"}.get(os.waitstatus_to_exitcode(status), "killed")


def _quiet(folder: str) -> None:
    """In a child: what tests print is not shown, and their folders are made in this one."""
    os.environ["PYTEST_DEBUG_TEMPROOT"] = folder
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def _named(code: CodeType, inside: str) -> str:
    return f"{code.co_filename.removeprefix(inside)}:{code.co_qualname.split('.<locals>')[0]}"


@functools.cache
def _functions(source: str) -> list[tuple[int, int, str, int]]:
    """The outermost functions of a module: where the body starts and ends in characters, its name, its first line."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found: list[tuple[int, int, str, int]] = []

    def walk(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef):
                walk(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, ast.FunctionDef):
                first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
                begin, end = starts[node.body[0].lineno - 1], starts[node.end_lineno or node.lineno]
                found.append((begin, end, prefix + node.name, first))

    walk(ast.parse(source).body, "")
    return found


def function_of(source: str, start: int) -> tuple[str, int] | None:
    """The qualified name and first line of the outermost function around a character of a module, or None."""
    for begin, end, name, first in _functions(source):
        if begin <= start < end:
            return name, first
    return None


def _code(source: str, name: str, first: int) -> CodeType | None:
    """The compiled function of that name, by the line it begins at (a change moves no line before it)."""
    waiting = [compile(source, "mutant", "exec", dont_inherit=True)]
    while waiting:
        code = waiting.pop()
        if code.co_qualname == name and code.co_firstlineno == first:
            return code
        waiting += [one for one in code.co_consts if isinstance(one, CodeType)]
    return None


def _live(module: str, name: str, first: int) -> FunctionType | None:
    """The function object that the package uses, out of whatever wraps it."""
    dotted = "migrator." + module.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    found: object = import_module(dotted)
    for part in name.split("."):
        found = vars(found).get(part)
        if found is None:
            return None
    while not isinstance(found, FunctionType) or hasattr(found, "__wrapped__"):
        inner = [getattr(found, word, None) for word in ("__wrapped__", "fget", "__func__", "func", "callback")]
        found = next((one for one in inner if one is not None), None)
        if found is None:
            return None
    return found if found.__code__.co_firstlineno == first else None
