"""What is fetched from the network: `curl` and `wget`, and the files that they write (source: their manuals)."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from migrator.trace.state import Status
from migrator.trace.symbols import SymbolKind
from migrator.trace.workspace import Mystery

if TYPE_CHECKING:
    from migrator.commands.base import Command, Invocation

# Letters that take a value; the rest of a word behind one of them is that value.
_LETTERS = {"curl": "oHdFuAebxmXTwrYyzCEKQtUPcDh", "wget": "OoPaiebtTwQUlARDIXB"}
_OUTPUTS = {
    "curl": ("o", "output", "c", "cookie-jar", "D", "dump-header", "trace", "trace-ascii", "stderr", "etag-save"),
    "wget": ("O", "output-document", "o", "output-file", "a", "append-output", "save-cookies", "warc-file"),
}
_BODIES = ("o", "output", "O", "output-document")
_LONG = {
    "curl": frozenset(
        """
        output header data data-raw data-binary data-urlencode form user user-agent referer cookie proxy max-time
        request upload-file write-out range retry retry-delay retry-max-time connect-timeout cacert capath cert key
        cookie-jar dump-header output-dir trace trace-ascii stderr etag-save etag-compare url config resolve limit-rate
    """.split()
    ),
    "wget": frozenset(
        """
        output-document output-file directory-prefix append-output input-file tries timeout wait user password header
        user-agent post-data post-file save-cookies load-cookies referer certificate private-key ca-certificate
        cut-dirs level accept reject domains warc-file limit-rate quota
    """.split()
    ),
}


def fetch(call: Invocation) -> Status:
    """`curl`, `wget`: what is fetched is not known; curl prints it where nothing names a file."""
    options, operands = _taken(call)
    names = {name for name, _ in options}
    outputs = [(name, value) for name, value in options if name in _OUTPUTS[call.name] and value is not None]
    bodies = [value for name, value in outputs if name in _BODIES and (call.name == "curl" or name[0] in "Oo")]
    if call.name == "wget":
        bodies = [value for name, value in outputs if name in ("O", "output-document")]
    named = names & {"O", "remote-name", "remote-name-all"} if call.name == "curl" else not bodies
    folder = next((v for n, v in options if n in ("P", "directory-prefix", "output-dir") and v is not None), "")
    targets = [value for _, value in outputs if value not in ("-", "/dev/null", "/dev/stdout", "/dev/stderr")]
    if named:
        targets += [name for url in operands for name in _names(url)]
    unsure = names & {"J", "remote-header-name", "r", "recursive", "m", "mirror", "i", "input-file", "K", "config"}
    unsure |= names & {"content-disposition", "p", "page-requisites", "x", "force-directories"} if named else set()
    kinds = (SymbolKind.WORDS, SymbolKind.UNKNOWN)
    if unsure or (named and not operands) or any(call.shell.symbols.holds(t, kind) for t in targets for kind in kinds):
        call.state.workspace = call.state.workspace.tainted(call.span)
    for target in targets:
        node = Mystery(call.span, f"{call.name} fetches it from the network")
        call.state.workspace = call.state.workspace.put(call.path(posixpath.join(folder, target)), node)
    if not named and (not bodies or "-" in bodies):
        call.channels.say(call.unknown(call.name))
    return Status(None, None, call.span)


def _names(url: str) -> set[str]:
    """What a file may be called that is fetched from an address; of a query, versions of curl differ."""
    parts = urlsplit(url)
    name = posixpath.basename(parts.path) or "index.html"
    return {name, f"{name}?{parts.query}"} if parts.query else {name}


def _taken(call: Invocation) -> tuple[list[tuple[str, str | None]], list[str]]:
    """The options with their values, and the operands."""
    options: list[tuple[str, str | None]] = []
    operands: list[str] = []
    words = list(call.arguments)
    while words:
        word = words.pop(0)
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            valued = name in _LONG[call.name] and not equals and words
            options.append((name, value if equals else words.pop(0) if valued else None))
        elif word.startswith("-") and word != "-":
            letters = word[1:]
            while letters:
                letter, letters = letters[0], letters[1:]
                if letter not in _LETTERS[call.name]:
                    options.append((letter, None))
                    continue
                options.append((letter, letters or (words.pop(0) if words else None)))
                break
        else:
            operands.append(word)
    return options, operands


COMMANDS: dict[str, Command] = {"curl": fetch, "wget": fetch}
