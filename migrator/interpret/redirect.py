"""Redirections (Bash Reference Manual 3.6): where a command reads from and what it writes."""

from __future__ import annotations

import contextlib
import posixpath
from typing import TYPE_CHECKING

from migrator.commands.base import absolute
from migrator.commands.files import is_folder_of_image, may_be_there
from migrator.shell.syntax import Literal, Parameter
from migrator.trace.state import Channels, Input
from migrator.trace.streams import NOTHING, Content, Opaque, Text
from migrator.trace.workspace import Ambiguous, Carried, Folder, Mystery

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrator.interpret.execute import Interpreter
    from migrator.shell.syntax import Redirect
    from migrator.trace.streams import Stream

_NOWHERE = ("/dev/null", "/dev/stderr", "/dev/tty", "/dev/fd/2")


class Redirections:
    """Applies redirections around a command."""

    def __init__(self, shell: Interpreter) -> None:
        self.shell = shell

    @contextlib.contextmanager
    def around(self, redirects: Sequence[Redirect], channels: Channels) -> Iterator[Channels]:
        """The channels as the command sees them; files are written when it ends."""
        if not redirects:
            yield channels
            return
        inner = Channels(channels.stdin, channels.out)
        writes: list[tuple[str, Channels, Redirect]] = []
        for redirect in redirects:
            self._apply(redirect, inner, channels, writes)
        try:
            yield inner
        finally:
            for path, written, redirect in writes:
                stream = written.collected()
                self.shell.write_file(path, stream, redirect.span, append=redirect.operator in (">>", "&>>"))

    def _apply(
        self, redirect: Redirect, inner: Channels, outer: Channels, writes: list[tuple[str, Channels, Redirect]]
    ) -> None:
        operator, descriptor = redirect.operator, redirect.descriptor
        if operator in ("<<", "<<-", "<<<"):
            body = self.shell.words.text(redirect.document.word) if redirect.document else ""
            if descriptor in (None, 0):
                inner.stdin = Input(Text(body + "\n" if operator == "<<<" else body))
            return
        target = self.shell.words.text(redirect.target)
        if operator == "<":
            if descriptor in (None, 0):
                inner.stdin = Input(self._read(target, redirect))
            return
        if operator in ("<&", "<>"):
            return
        if operator == ">&" and (target.isdigit() or target == "-"):
            if descriptor in (None, 1):
                inner.out = outer.out if target == "1" else []
            return
        self._write(redirect, target, inner, outer, writes)

    def _write(
        self, redirect: Redirect, target: str, inner: Channels, outer: Channels,
        writes: list[tuple[str, Channels, Redirect]],
    ) -> None:  # fmt: skip
        takes_output = redirect.descriptor in (None, 1) or redirect.operator.startswith("&")
        if target in _NOWHERE:
            if takes_output:
                inner.out = []
            return
        if target in ("/dev/stdout", "/dev/fd/1"):
            inner.out = outer.out if takes_output else inner.out
            return
        path = absolute(self.shell.state.cwd, target)
        there = self.shell.state.workspace.find(path)
        cut = redirect.operator in (">", ">|", "&>", ">&") and not isinstance(there, Carried)
        if cut or there is None:
            self.shell.write_file(path, NOTHING, redirect.span)  # empty from the moment that it is opened
        if takes_output:
            written = Channels()
            inner.out = written.out
            if redirect.operator.startswith("&") or redirect.operator == ">&":
                written.out.append(Opaque(redirect.span, "error messages"))
            writes.append((path, written, redirect))
        else:
            log = Channels()
            log.out.append(Opaque(redirect.span, "error messages"))
            writes.append((path, log, redirect))

    def refused(self, redirects: Sequence[Redirect]) -> bool:
        """Whether one of these certainly cannot be opened, so that the command does not run at all."""
        for index, redirect in enumerate(redirects):
            if self._is_refused(redirect):
                for opened in redirects[:index]:  # they are opened from left to right
                    self._empty(opened)
                return True
        return False

    def _empty(self, redirect: Redirect) -> None:
        """What an output file is after a command that never ran."""
        target = self.shell.words.text(redirect.target)
        if redirect.operator not in (">", ">|", "&>", ">&", ">>") or target in _NOWHERE or target.isdigit():
            return
        path = absolute(self.shell.state.cwd, target)
        if redirect.operator != ">>" or self.shell.state.workspace.find(path) is None:
            self.shell.write_file(path, NOTHING, redirect.span)

    def _is_refused(self, redirect: Redirect) -> bool:
        word = redirect.target
        if word is None or any(not isinstance(part, Literal | Parameter) for part in word.parts):
            return False  # a substitution must not run twice
        target = self.shell.words.text(word)
        path = absolute(self.shell.state.cwd, target)
        if not path.startswith(self.shell.root) or redirect.operator in ("<&", ">&", "<>"):
            return False
        workspace = self.shell.state.workspace
        if redirect.operator == "<":
            return workspace.exists(path) is False and not may_be_there(self.shell, target)
        in_folder = workspace.is_folder(posixpath.dirname(path)) is not False
        is_folder = workspace.is_folder(path) is True or is_folder_of_image(workspace.find(path))
        return not in_folder or target == "" or is_folder

    def opened(self, redirect: Redirect) -> Stream:
        """What `< file` reads."""
        return self._read(self.shell.words.text(redirect.target), redirect)

    def _read(self, target: str, redirect: Redirect) -> Stream:
        if target == "/dev/null":
            return NOTHING
        found = self.shell.state.workspace.behind(absolute(self.shell.state.cwd, target))
        outside = target.startswith("/") and not target.startswith(("/dev/", "/tmp"))
        if found is None and (outside or may_be_there(self.shell, target)):
            return Opaque(redirect.span, "a file of the machine that the script runs on")
        if found is None or isinstance(found, Folder):
            return NOTHING
        if isinstance(found, Ambiguous):
            return Opaque(found.span, "the file may come from several places")
        if isinstance(found, Mystery):
            return Opaque(found.because, found.what)
        return Content(found)

    def forever(self, redirects: Sequence[Redirect], channels: Channels) -> None:
        """`exec > file`: the log file is there from here on, with content that is not known."""
        for redirect in redirects:
            target = self.shell.words.text(redirect.target)
            if redirect.operator in (">", ">>", "&>", ">|", "&>>") and target not in _NOWHERE and target:
                path = absolute(self.shell.state.cwd, target)
                self.shell.write_file(path, Opaque(redirect.span, "what the script prints"), redirect.span)
        _ = channels
