"""A door before a Docker engine that can be shut and opened: to its clients, the engine is stopped and started."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Gate:
    """Passes on what comes to the socket `here` to the one at `there`; `building` is set when a build begins."""

    def __init__(self, here: Path, there: str) -> None:
        self.here, self.there = here, there
        self.building = threading.Event()
        self._open: list[socket.socket] = []
        self._listener: socket.socket | None = None

    def open(self) -> None:
        self.here.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.here))
        self._listener.listen(64)
        threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def shut(self) -> None:
        self.here.unlink(missing_ok=True)
        ends, self._open = [self._listener, *self._open], []
        for end in ends:
            if end is not None:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()

    def _serve(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                one, _ = listener.accept()
                other = socket.socket(socket.AF_UNIX)
                other.connect(self.there)
                self._open += [one, other]
                for pair in ((one, other), (other, one)):
                    threading.Thread(target=self._pass, args=pair, daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                if b"/session" in data or b"/build?" in data or b"/grpc" in data:
                    self.building.set()
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
