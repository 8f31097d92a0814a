"""Everything that a running script has and can change: variables, the working folder, files, containers, images."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from migrator.trace.history import History
from migrator.trace.streams import NOTHING, Mixed, Text
from migrator.trace.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.shell.syntax import Command
    from migrator.source import Span
    from migrator.trace.effects import DockerCall, Effect
    from migrator.trace.history import Event
    from migrator.trace.images import Container, Image
    from migrator.trace.streams import Stream


@dataclass(frozen=True)
class Status:
    """How a command ended: `code`, or None when that cannot be known.

    `shell` is then bash text that decides it (true like the command), when there is such text. `assumed` says
    that `code` is what a script counts on where it does not ask: `git describe` needs a checkout with tags.
    """

    code: int | None
    shell: str | None = None
    because: Span | None = None
    assumed: bool = False

    def negated(self) -> Status:
        """The status behind `!`."""
        code = None if self.code is None else int(self.code == 0)
        shell = f"! {self.shell}" if self.shell and (code is None or self.assumed) else None
        return Status(code, shell, self.because if code is None or self.assumed else None, self.assumed)

    def asked(self) -> Status:
        """The status as it is where the script asks for it: an assumed one cannot be known."""
        return Status(None, self.shell, self.because) if self.assumed else self


_LONGEST_CHAIN = 8
# What bash sets by itself, and what every verification sets for a script.
_ALWAYS_SET = frozenset(
    "BASH BASHOPTS BASHPID BASH_SOURCE BASH_VERSINFO BASH_VERSION COLUMNS DIRSTACK EPOCHSECONDS EUID FUNCNAME GROUPS"
    " HOME HOSTNAME HOSTTYPE IFS LANG LINENO LINES MACHTYPE OPTERR OPTIND OSTYPE PATH PPID PS4 PWD RANDOM SECONDS SHELL"
    " SHELLOPTS SHLVL SRANDOM TERM TMPDIR UID USER _".split()
)
SUCCESS = Status(0)
FAILURE = Status(1)


class Input:
    """What a command reads from standard input; `read` takes lines off the front."""

    def __init__(self, stream: Stream = NOTHING) -> None:
        self._stream, self._at = stream, 0
        self.exhausted = False
        self.cut = False  # whether the last line that was read lacked its end, which makes `read` fail

    @property
    def stream(self) -> Stream:
        """What is left to be read."""
        if self._at and isinstance(self._stream, Text):
            self._stream, self._at = Text(self._stream.text[self._at :]), 0
        return self._stream

    @stream.setter
    def stream(self, stream: Stream) -> None:
        """Puts another stream in its place, to be read from its beginning."""
        self._stream, self._at = stream, 0

    @property
    def has_lines(self) -> bool:
        """Whether there is text that is not read yet."""
        return isinstance(self._stream, Text) and self._at < len(self._stream.text)

    def line(self) -> str | None:
        """The next line without its end, or None at the end or when the stream is not text."""
        if not isinstance(self._stream, Text) or self._at >= len(self._stream.text):
            self.exhausted = True
            return None
        text, start = self._stream.text, self._at
        end = text.find("\n", start)
        self._at = len(text) if end < 0 else end + 1
        self.exhausted = self._at == len(text)
        self.cut = end < 0
        return text[start : self._at].removesuffix("\n")


@dataclass
class Channels:
    """Standard input and where standard output is collected; `errors` is None unless it joins the output."""

    stdin: Input = field(default_factory=Input)
    out: list[Stream] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Adds text to the output."""
        if text:
            self.out.append(Text(text))

    def collected(self) -> Stream:
        """All that was written, as one stream."""
        streams = [stream for stream in self.out if stream != NOTHING]
        if not streams:
            return NOTHING
        if len(streams) == 1:
            return streams[0]
        texts = [stream for stream in streams if isinstance(stream, Text)]
        if len(texts) == len(streams):
            return Text("".join(stream.text for stream in texts), loose=any(stream.loose for stream in texts))
        return Mixed(tuple(streams))


@dataclass(frozen=True)
class Hidden:
    """What a name stood for outside of the function that has it as a local."""

    value: str | None
    array: Mapping[str, str] | None
    reference: str | None
    is_map: bool


@dataclass(frozen=True)
class Alias:
    """What a word in front of a command stands for; `inside` a function, bash has read all of that without it."""

    text: str
    inside: bool = False


@dataclass(frozen=True)
class Process:
    """How a shell is started: its `$0`, its arguments, its options (`errexit`, …)."""

    script: str
    arguments: tuple[str, ...] = ()
    options: frozenset[str] = frozenset()


@dataclass
class State:
    """One moment of an abstract run; `clone` gives an independent copy, cheap because what it holds is frozen.

    `optional` are the calls that are made or not as an unknown condition says, and change nothing that counts: some of
    them are among `calls`, others not. `closed` says that a variable which is not in `variables` is not set.
    `second_names` are the paths that `ln` made names of one file, `maps` the names of associative arrays.
    """

    cwd: str
    workspace: Workspace = field(default_factory=Workspace)
    variables: dict[str, str] = field(default_factory=dict)
    arrays: dict[str, dict[str, str]] = field(default_factory=dict)
    maps: set[str] = field(default_factory=set)
    exported: set[str] = field(default_factory=set)
    unset: set[str] = field(default_factory=set)
    functions: dict[str, Command] = field(default_factory=dict)
    positional: tuple[str, ...] = ()
    folders: list[str] = field(default_factory=list)
    options: set[str] = field(default_factory=set)
    traps: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, Alias] = field(default_factory=dict)
    frames: list[dict[str, Hidden]] = field(default_factory=list)
    references: dict[str, str] = field(default_factory=dict)
    status: Status = SUCCESS
    umask: int = 0o022
    owners_changed: bool = False
    second_names: set[str] = field(default_factory=set)
    containers: dict[str, Container] = field(default_factory=dict)
    images: dict[str, Image] = field(default_factory=dict)
    saved: dict[str, Image] = field(default_factory=dict)
    effects: list[Effect] = field(default_factory=list)
    calls: list[DockerCall] = field(default_factory=list)
    optional: list[DockerCall] = field(default_factory=list)
    counter: int = 0
    script: str = ""
    history: History | None = field(default=None, repr=False)
    closed: bool = False

    def is_unset(self, name: str) -> bool:
        """Whether a variable is certainly not set; asked of one that has no value and that bash does not set itself."""
        return name in self.unset or (self.closed and name.isidentifier() and name not in _ALWAYS_SET)

    def happened(self, event: Event) -> None:
        """Adds an event to the history."""
        self.history = History(event, self.history)

    def clone(self) -> State:
        """An independent copy: every container is copied, what stands in them is frozen and shared."""
        twin = copy(self)
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, dict | set | list):
                setattr(twin, item.name, value.copy())
        twin.frames = [frame.copy() for frame in self.frames]
        twin.arrays = {name: array.copy() for name, array in self.arrays.items()}
        return twin

    def process(self, given: Process) -> State:
        """What a shell that is started here begins with: the world as it is, of the variables the exported ones."""
        twin = self.clone()
        twin.script, twin.positional, twin.options = given.script, given.arguments, set(given.options)
        twin.functions, twin.traps, twin.frames, twin.arrays, twin.aliases = {}, {}, [], {}, {}
        twin.maps = set()
        twin.variables = {name: value for name, value in self.variables.items() if name in self.exported}
        return twin

    def referred(self, name: str) -> str:
        """The variable that a name means: another one where it is a reference (`declare -n`)."""
        for _ in range(_LONGEST_CHAIN):
            if name not in self.references:
                break
            name = self.references[name]
        return name

    def array(self, name: str) -> dict[str, str]:
        """The array of that name, to be changed: a new one where there is none, with the value of a plain variable."""
        array = self.arrays.setdefault(name, {})
        if name in self.variables:
            array["0"] = self.variables.pop(name)
        self.unset.discard(name)
        return array

    def forget_array(self, name: str, unknown: str) -> None:
        """Makes an array one of which nobody knows the elements: it has one whose key is not known."""
        self.variables.pop(name, None)
        self.unset.discard(name)
        self.arrays[name] = {unknown: unknown}

    def localise(self, name: str) -> None:
        """Keeps what a name stands for, to come back when the innermost function ends; it begins anew."""
        if self.frames and name not in self.frames[-1]:
            array = self.arrays.pop(name, None)
            hidden = Hidden(self.variables.get(name), array, self.references.pop(name, None), name in self.maps)
            self.frames[-1][name] = hidden
            self.maps.discard(name)

    def leave_frame(self) -> None:
        """Puts back what the locals of the innermost function hid."""
        for name, hidden in (self.frames.pop() if self.frames else {}).items():
            for kept, value in ((self.variables, hidden.value), (self.references, hidden.reference)):
                if value is None:
                    kept.pop(name, None)
                else:
                    kept[name] = value
            self.arrays.pop(name, None)
            self.maps.discard(name)
            if hidden.array is not None:
                self.arrays[name] = dict(hidden.array)
            if hidden.is_map:
                self.maps.add(name)

    def fresh(self) -> int:
        """A number that no other thing of this run has."""
        self.counter += 1
        return self.counter
