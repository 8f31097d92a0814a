"""`docker build` of a script: private tags, private bases, nothing taken from a cache, and the image noted."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.dockercli.names import built_names, normal_image
from migrator.engine import process
from migrator.engine.base import MARK
from migrator.verify.recorder import images
from migrator.verify.recorder.session import STEPS, Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.verify.recorder.call import Call
    from migrator.verify.recorder.line import Line

# What reads or fills a cache that others share, asks a registry, or picks another builder than the one compared.
_DROPPED = ("tag", "push", "pull", "no-cache", "no-cache-filter", "cache-from", "cache-to", "builder", "force-rm")
_MAGIC = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
_FROM = re.compile(
    r"^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(?P<base>\S+)(?:[ \t]+AS[ \t]+(?P<stage>\S+))?", re.IGNORECASE | re.MULTILINE
)
_COPY_FROM = re.compile(r"(?<=--from=)(?P<base>[^\s,\"]+)")
_MOUNT_FROM = re.compile(r"(?<=,from=)(?P<base>[^\s,\"]+)")
_ARG = re.compile(r"^[ \t]*ARG[ \t]+(\w+)(?:=(\S*))?", re.IGNORECASE | re.MULTILINE)
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?:(:-|-)([^}]*))?\})")


def build(call: Call, line: Line) -> None:
    """`docker build`, with BuildKit or the classic builder as the script and the environment say."""
    with tempfile.TemporaryDirectory(dir=call.session.folder) as name:
        folder = Path(name)
        stdin = _piped(call, line, folder)
        call.observe()
        # A build argument without a value takes it from the environment, which is gone when the log is read.
        call.passed = {name: os.environ[name] for name in line.values("build-arg") if name in os.environ}
        tags = list(built_names(line.values("tag"), line.values("output")))
        idfile = Path(line.value("iidfile") or folder / "id")
        changed = _private(call, line, tags, idfile)
        dockerfile = _dockerfile(call, line, stdin)
        with contextlib.ExitStack() as stack:
            if call.session.made():
                if _named_contexts(call, line):
                    changed = _with_contexts(call.session, changed, dockerfile)
                elif dockerfile is not None:
                    stack.enter_context(_rewritten(call.session, line, dockerfile))
            if _names_steps(call, line):
                _build_in_steps(call, changed, stdin, idfile)
            else:
                call.pass_restored(changed.argv, stdin)
        if call.exit or _puts_out(line):
            return
        for tag in tags:
            images.made(call, tag)
        with contextlib.suppress(OSError):
            call.image = images.facts(call, idfile.read_text(encoding="ascii").strip())


def _names_steps(call: Call, line: Line) -> bool:
    """Whether the builder makes an image of every step, and tells its id."""
    return call.session.builder == "buildah" or _is_classic(call, line)


def _build_in_steps(call: Call, line: Line, stdin: Path | None, idfile: Path) -> None:
    """Build and write down every image that the builder makes on the way, while it makes them.

    The classic builder leaves them without a name when it fails or is interrupted; buildah those of other stages as
    well. A quiet build would not tell them, so it is not quiet for us, only for the script.
    """
    buildah = call.session.builder == "buildah"
    steps = BuildahSteps(call.session, images.all_ids(call)) if buildah else Steps(call.session)
    quiet = line.has("quiet")
    with process.heard_to_the_end():
        done = call.pass_restored(line.without("quiet").argv, stdin, steps, silent=quiet)
    if quiet and not done.code:
        with contextlib.suppress(OSError):
            made = idfile.read_text(encoding="ascii").strip()
            sys.stdout.write(f"{made.removeprefix('sha256:') if buildah else made}\n")
    elif quiet:
        sys.stdout.write(call.session.public(done.text) + "\n")


class Steps:
    """Reads the classic builder's output for the ids of what it makes: ` ---> ID` behind a step that is not FROM."""

    _ID = re.compile(rb" ---> ([0-9a-f]{12})\s*$")

    def __init__(self, session: Session) -> None:
        self._path, self._rest, self._ours = Path(session.folder) / STEPS, b"", False

    def __call__(self, block: bytes) -> None:
        """Hear a piece of output, wherever it was cut."""
        *lines, self._rest = (self._rest + block).split(b"\n")
        for line in lines:
            if line.startswith(b"Step "):
                self._ours = b" : FROM " not in line.upper()
            elif b"Using cache" in line:
                self._ours = False
            elif self._ours and (match := self._ID.match(line)):
                with self._path.open("ab") as target:
                    target.write(match[1] + b"\n")


class BuildahSteps:
    """Reads buildah's output for the ids of what it makes: `--> ID`, on the line of a step's last output or its own.

    `before` are the images that were there: what a cache or the output of a step names is not ours.
    """

    _ID = re.compile(rb"--> ([0-9a-f]{11,64})\s*$")

    def __init__(self, session: Session, before: frozenset[str]) -> None:
        self._path, self._rest, self._before = Path(session.folder) / STEPS, b"", before

    def __call__(self, block: bytes) -> None:
        """Hear a piece of output, wherever it was cut."""
        *lines, self._rest = (self._rest + block).split(b"\n")
        for line in lines:
            match = self._ID.search(line)
            if match and not any(one.startswith(match[1].decode("ascii")) for one in self._before):
                with self._path.open("ab") as target:
                    target.write(match[1] + b"\n")


def _piped(call: Call, line: Line, folder: Path) -> Path | None:
    """What is piped into the build, put into a file so that we can look at it; None when nothing is."""
    if "-" not in (*line.operands, line.value("file")):
        return None
    call.stdin = True
    path = folder / "stdin"
    with path.open("wb") as target:
        shutil.copyfileobj(sys.stdin.buffer, target)
    return path


def _puts_out(line: Line) -> bool:
    """Whether the build leaves files, and no image: an id cannot be asked for then.

    Measured: "local and tar exporters are incompatible with image ID file".
    """
    found = (dict(part.partition("=")[::2] for part in value.split(",")) for value in line.values("output"))
    return any(pairs.get("type", "local") in ("local", "tar") for pairs in found)


def _private(call: Call, line: Line, tags: list[str], idfile: Path) -> Line:
    changed = line.without(*_DROPPED)
    if not line.value("iidfile") and not _puts_out(line):
        changed = changed.with_option("iidfile", str(idfile))
    for tag in tags:
        changed = changed.with_option("tag", call.session.private_image(tag))
    if not tags:
        # Without a name nothing would find it again after our process was killed.
        changed = changed.with_option("tag", f"{call.session.repository}unnamed:{secrets.token_hex(6)}")
    if not call.session.cache:
        changed = changed.with_option("no-cache")
    if _is_classic(call, line):
        # The classic builder leaves the container of a step that fails.
        changed = changed.with_option("force-rm")
    return (
        marked(call.session, on_network(call.session, changed))
        .mapped("build-context", lambda value: _context(call.session, value))
        .mapped("output", lambda value: value.replace("type=registry", "type=image").replace("push=true", "push=false"))
    )


def on_network(session: Session, line: Line) -> Line:
    """The line with the network that all builds of this run have, where one was asked for."""
    return line.without("network", "net").with_option("network", session.network) if session.network else line


def marked(session: Session, line: Line) -> Line:
    """The line with what makes the working containers known again that buildah leaves when it is ended."""
    return line.with_option("build-arg", f"{MARK}={session.prefix}build") if session.builder == "buildah" else line


def _context(session: Session, value: str) -> str:
    name, equals, source = value.partition("=")
    image = source.removeprefix("docker-image://")
    return f"{name}{equals}docker-image://{session.image(image)}" if image != source else value


def _is_classic(call: Call, line: Line) -> bool:
    if line.words[:1] == ("buildx",) or call.session.builder == "buildah":
        return False
    default = "1" if call.session.builder == "buildkit" else "0"
    return call.environment.get("DOCKER_BUILDKIT", default).lower() in {"0", "false", ""}


def _named_contexts(call: Call, line: Line) -> bool:
    return call.session.named_contexts and not _is_classic(call, line)


def _dockerfile(call: Call, line: Line, stdin: Path | None) -> Path | None:
    """The file that the build reads its instructions from; None when it is in an archive or on another machine."""
    context = line.operands[0] if line.operands else "."
    named = line.value("file")
    if named == "-" or (context == "-" and not named):
        return stdin if stdin is not None and not _is_archive(stdin) else None
    # Buildah looks for its own name first.
    names = ("Containerfile", "Dockerfile") if call.session.builder == "buildah" else ("Dockerfile",)
    paths = [Path(named)] if named else [Path(context, name) for name in names]
    return next((path for path in paths if path.is_file()), None)


def _is_archive(path: Path) -> bool:
    with path.open("rb") as source:
        head = source.read(512)
    return head.startswith(_MAGIC) or head[257:262] == b"ustar"


def _with_contexts(session: Session, line: Line, dockerfile: Path | None) -> Line:
    """The line with every image that this run made under the name by which the Dockerfile calls it.

    A named context comes before a stage of that name, so a name that the file gives to a stage is left out. BuildKit
    looks for a name without its `:latest`.
    """
    text = _read(dockerfile) if dockerfile is not None else ""
    stages = {(match["stage"] or "").lower() for match in _FROM.finditer(text)}
    given = {value.partition("=")[0] for value in line.values("build-context")}
    for name in session.made():
        short = name.removesuffix(":latest")
        if short.lower() not in stages and short not in given:
            line = line.with_option("build-context", f"{short}=docker-image://{session.private_image(name)}")
    return line


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="surrogateescape")


@contextlib.contextmanager
def _rewritten(session: Session, line: Line, dockerfile: Path) -> Iterator[None]:
    """For builders without named contexts: the Dockerfile calls the bases by their private names while it is built.

    In its place, and not as a copy beside it: the classic builder puts a Dockerfile from elsewhere into the context.
    """
    before = dockerfile.read_bytes()
    after = rewrite(session, _read(dockerfile), line.values("build-arg")).encode("utf-8", "surrogateescape")
    if after == before:
        yield
        return
    status = dockerfile.stat()
    dockerfile.write_bytes(after)
    session.note_rewritten(dockerfile.name, after)
    try:
        yield
    finally:
        dockerfile.write_bytes(before)
        with contextlib.suppress(OSError):
            os.utime(dockerfile, ns=(status.st_atime_ns, status.st_mtime_ns))


def rewrite(session: Session, text: str, build_args: list[str]) -> str:
    """A Dockerfile in which every base and source that this run made has its private name."""
    head = text[: match.start()] if (match := _FROM.search(text)) else text
    values = {name: default.strip("\"'") for name, default in _ARG.findall(head)}
    given = dict(word.partition("=")[::2] for word in build_args)
    values |= {name: value for name, value in given.items() if name in values}
    made = set(session.made())
    stages: set[str] = set()

    def private(name: str) -> str | None:
        return session.private_image(name) if name.lower() not in stages and normal_image(name) in made else None

    def base(match: re.Match[str]) -> str:
        found = private(_evaluate(match["base"], values))
        if match.groupdict().get("stage"):
            stages.add(match["stage"].lower())
        start, end = match.start("base") - match.start(), match.end("base") - match.start()
        return match[0][:start] + found + match[0][end:] if found else match[0]

    text = _FROM.sub(base, text)
    for pattern in (_COPY_FROM, _MOUNT_FROM):
        text = pattern.sub(base, text)
    return text


def _evaluate(text: str, values: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        found = values.get(match[1] or match[2])
        return found if found or (found is not None and match[3] != ":-") else match[4] or ""

    return _VARIABLE.sub(value, text).strip("\"'")
