"""A docker engine that only pretends: it records each call and does to the host's files what docker would do.

Scripts reach it by the function in quick_docker.bash. What an image holds it is told, by tag; a file that comes out
says `from build:N /path`, so that a wrong image or path shows.
"""

from __future__ import annotations

import io
import posixpath
import re
import shlex
import shutil
import socket
import tarfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fuzz_tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping

PROGRAM = Path(__file__).with_name("quick_docker.bash")
_VALUED = set(
    """
    -t --tag -f --file --build-arg --iidfile --label -l --platform --network --target -v --volume -e --env -w --workdir
    -u --user --name --entrypoint --cidfile --mount -c --change -m --message -o --output --progress --format --filter
    --time --signal --cache-from --hostname -h --env-file --volumes-from --tmpfs --shm-size --ulimit -p --publish
    """.split()
)
_LONE = {"rm": "-f -v -l", "run": "-t -i -d", "create": "-t -i", "exec": "-t -i -d", "cp": "-a -L", "build": "-q",
         "images": "-q -a", "ps": "-q -a -l", "start": "-a -i", "rmi": "-f", "logs": "-f -t"}  # fmt: skip
Answer = list[str]


class RefusedError(Exception):
    """The call fails, as docker would let it fail."""


@dataclass
class Holding:
    """What an image or a container holds: where it came from, what stands where, and files of the host by path."""

    origin: str
    tree: Tree
    put: dict[str, bytes] = field(default_factory=dict)

    def copy(self) -> Holding:
        """A container of an image, or an image of a container."""
        return Holding(self.origin, self.tree.copy(), dict(self.put))

    def text(self, path: str) -> bytes:
        """What the file at a path says."""
        return self.put.get(path) or f"from {self.origin} /{path}\n".encode()


@dataclass
class World:
    """The engine of one run of a script, and the calls of that run."""

    trees: Mapping[str, Tree]
    scratch: Path
    calls: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    images: dict[str, Holding] = field(default_factory=dict)
    containers: dict[str, Holding] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    held: list[Holding] = field(default_factory=list)
    printed: dict[str, list[str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    builds: int = 0
    files: int = 0

    def answer(self, cwd: str, words: tuple[str, ...], given: Path | None) -> Answer:
        """What a call prints, and its status."""
        return Call(self, cwd, words, given).answer()

    def place(self) -> Path:
        """A file of its own, for a stream."""
        self.files += 1
        return self.scratch / f"stream{self.files}"


class Stand:
    """The listening side, for one script at a time."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self._worlds: dict[str, World] = {}
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def open(self, name: str, world: World) -> None:
        """From now on calls of the run of that name go to that world."""
        self._worlds[name] = world

    def close(self, name: str) -> None:
        """Ends a run; what still calls is refused."""
        self._worlds.pop(name, None)

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            try:
                name, count, cwd = (_field(stream) for _ in range(3))
                words = tuple(_field(stream) for _ in range(int(count)))
                world = self._worlds.get(name)
                if world is None:
                    connection.sendall(b"status 125\0")
                    return
                given = None
                if _reads_a_stream(words):
                    given = world.place()
                    connection.sendall(f"stdin {given}\0".encode())
                    _field(stream)
                with self._lock:
                    answer = world.answer(cwd, words, given)
                connection.sendall("".join(f"{line}\0" for line in answer).encode("utf-8", "surrogateescape"))
            except (OSError, ValueError):
                return


def _field(stream: io.BufferedReader) -> str:
    found = bytearray()
    while (byte := stream.read(1)) not in (b"", b"\0"):
        found += byte
    return found.decode("utf-8", "surrogateescape")


def _reads_a_stream(words: tuple[str, ...]) -> bool:
    plain = [word for word in words if word not in ("container", "image", "buildx")]
    plain = ["-" if word in ("-f-", "--file=-") else word for word in plain]
    if plain[:1] == ["cp"]:
        return "-" in plain[1:-1]
    if plain[:1] == ["build"]:
        return "-" in plain
    return plain[:1] in (["run"], ["exec"]) and bool({"-i", "--interactive"} & set(plain))


class Call:
    """One call: what it does to the world and to the host's files."""

    def __init__(self, world: World, cwd: str, words: tuple[str, ...], given: Path | None) -> None:
        self.world = world
        self.cwd = Path(cwd)
        self.words = words
        self.given = given
        self.lines: Answer = []
        self.options: list[tuple[str, str]] = []
        self.operands: list[str] = []

    def answer(self) -> Answer:
        """The lines of the protocol; the last one is the status."""
        self.world.calls.append((str(self.cwd), ("docker", *self.words)))
        words = list(self.words)
        if words[:1] in (["container"], ["image"], ["builder"], ["buildx"]):
            group = words.pop(0)
            if group == "image" and words[:1] == ["rm"]:
                words[0] = "rmi"
            if group == "image" and words[:1] == ["ls"]:
                words[0] = "images"
        verb, *rest = words or [""]
        try:
            self._read(verb, rest)
            work = getattr(self, f"_{verb.replace('-', '_')}_", None)
            if work is not None:
                work()
        except (RefusedError, IndexError) as error:  # without an operand that it needs, the client refuses
            if verb not in ("rm", "rmi", "stop", "kill"):
                self.world.refused.append(f"{verb}: {error}")
            return [*self.lines, f"err {error}", "status 1"]
        return [*self.lines, "status 0"]

    def _read(self, verb: str, words: list[str]) -> None:
        lone = set(_LONE.get(verb, "").split())
        while words:
            word = words.pop(0)
            if word == "-" or not word.startswith("-"):
                self.operands.append(word)
                if verb in ("run", "create", "exec"):
                    self.operands += words
                    return
            elif word.startswith("--") and "=" in word:
                name, _, value = word.partition("=")
                self.options.append((name, value))
            elif word in _VALUED and word not in lone:
                self.options.append((word, words.pop(0)))
            elif word.startswith("--") or len(word) == 2:
                self.options.append((word, ""))
            elif word[:2] in _VALUED and word[:2] not in lone:
                self.options.append((word[:2], word[2:].removeprefix("=")))
            else:
                for index, letter in enumerate(word[1:], start=2):
                    if f"-{letter}" in _VALUED and f"-{letter}" not in lone:
                        self.options.append((f"-{letter}", word[index:] or words.pop(0)))
                        break
                    self.options.append((f"-{letter}", ""))

    def _option(self, *names: str) -> list[str]:
        return [value for name, value in self.options if name in names]

    def _say(self, text: str) -> None:
        self.lines.append(f"out {text}")

    def _image(self, name: str) -> Holding:
        found = self.world.images.get(_normal(name))
        return found if found is not None else Holding(f"image:{_normal(name)}", Tree())

    def _container(self, word: str) -> Holding:
        found = self.world.containers.get(self.world.names.get(word, word))
        if found is None:
            raise RefusedError(f"No such container: {word}")
        return found

    def _path(self, word: str) -> Path:
        return self.cwd / word

    # --- verbs --------------------------------------------------------------------------------------------

    def _build_(self) -> None:
        context = self.operands[0] if self.operands else ""
        recipe = (self._option("-f", "--file") or [""])[-1]
        if context != "-":
            if not self._path(context).is_dir():
                raise RefusedError(f"path {context!r} not found")
            if recipe != "-" and not (self._path(recipe) if recipe else self._path(context) / "Dockerfile").is_file():
                raise RefusedError(f"no Dockerfile {recipe}")
        self.world.builds += 1
        number = f"{self.world.builds:010x}"
        tags = self._option("-t", "--tag")
        tree = next((self.world.trees[_normal(tag)] for tag in tags if _normal(tag) in self.world.trees), Tree())
        held = Holding(f"build:{self.world.builds}", tree.copy())
        self.world.held.append(held)
        identity = f"1a{number}{0:052d}"
        for name in (*map(_normal, tags), _normal(f"sha256:{identity}"), _normal(identity), _normal(identity[:12])):
            self.world.images[name] = held
        for place in self._option("--iidfile"):
            self._path(place).write_text(f"sha256:{identity}")
        self._say(f"sha256:{identity}\n" if self._option("-q", "--quiet") else f"Successfully built {identity[:12]}\n")

    def _create_(self) -> str:
        if not self.operands:
            raise RefusedError("requires at least 1 argument")
        for name in self._option("--name"):
            if name in self.world.names:
                raise RefusedError(f"the container name {name} is in use")
        held = self._image(self.operands[0]).copy()
        self.world.held.append(held)
        identity = f"2b{len(self.world.calls):010x}{0:052d}"
        self.world.containers[identity] = held
        for name in (identity, identity[:12], *self._option("--name")):
            self.world.names[name] = identity
        for place in self._option("--cidfile"):
            if self._path(place).exists():
                raise RefusedError("container ID file found")
            self._path(place).write_text(identity)
        if self.words[0] != "run" and self.words[1:2] != ("run",):
            self._say(f"{identity}\n")
        return identity

    def _run_(self) -> None:
        identity = self._create_()
        if self._option("-d", "--detach"):
            self._say(f"{identity}\n")
        held = self.world.containers[identity]
        entry = self._option("--entrypoint")
        self._process(held, [*entry, *self.operands[1:]])
        self._keep(identity, quiet=bool(self._option("-d", "--detach")))
        if self._option("--rm"):
            self._remove(identity)

    def _keep(self, identity: str, *, quiet: bool) -> None:
        """What a container printed can be asked for later."""
        self.world.printed[identity] = [line for line in self.lines if line.startswith("file ")]
        if quiet:
            self.lines = [line for line in self.lines if not line.startswith("file ")]

    def _logs_(self) -> None:
        identity = self.world.names.get(self.operands[0])
        if identity is None:
            raise RefusedError(f"No such container: {self.operands[0]}")
        self.lines += self.world.printed.get(identity, [])

    def _ps_(self) -> None:
        """The newest container, or those of a name."""
        asked = [text.partition("=") for text in self._option("-f", "--filter")]
        found = list(dict.fromkeys(self.world.names.values()))[-1:]
        if asked:
            found = [self.world.names[value] for key, _, value in asked if key == "name" and value in self.world.names]
        for identity in found:
            if self._option("-q", "--quiet"):
                self._say(f"{identity[:12]}\n")

    def _exec_(self) -> None:
        self._process(self._container(self.operands[0]), self.operands[1:])

    def _start_(self) -> None:
        for word in self.operands:
            self._container(word)
            command = self._command_of(word)
            self._process(self._container(word), command)
            self._keep(self.world.names[word], quiet=not self._option("-a", "--attach"))
            if not self._option("-a", "--attach"):
                self._say(f"{word}\n")

    def _command_of(self, word: str) -> list[str]:
        """The command that a container was made with, from the call that made it."""
        identity = self.world.names[word]
        _, words = self.world.calls[int(identity[2:12], 16) - 1]
        made = Call(self.world, "/", words[1:], None)
        rest = list(words[1:])
        if rest[0] == "container":
            rest.pop(0)
        made._read(rest[0], rest[1:])
        return made.operands[1:]

    def _remove(self, identity: str) -> None:
        self.world.containers.pop(identity, None)
        for name in [name for name, known in self.world.names.items() if known == identity]:
            del self.world.names[name]

    def _rm_(self) -> None:
        for word in self.operands:
            self._container(word)
            self._remove(self.world.names[word])
            self._say(f"{word}\n")

    def _rmi_(self) -> None:
        for word in self.operands:
            if self.world.images.pop(_normal(word), None) is None:
                raise RefusedError(f"No such image: {word}")

    def _tag_(self) -> None:
        if _normal(self.operands[0]) not in self.world.images:
            raise RefusedError(f"No such image: {self.operands[0]}")
        self.world.images[_normal(self.operands[1])] = self._image(self.operands[0])

    def _commit_(self) -> None:
        held = self._container(self.operands[0]).copy()
        identity = f"sha256:3c{len(self.world.calls):010x}{0:052d}"
        for name in (*self.operands[1:2], identity):
            self.world.images[_normal(name)] = held
        self._say(f"{identity}\n")

    def _inspect_(self) -> None:
        for word in self.operands:
            if _normal(word) not in self.world.images and word not in self.world.names:
                raise RefusedError(f"No such object: {word}")
            asked = "".join(self._option("-f", "--format"))
            self._say(f"{self.world.names[word]}\n" if "Id" in asked and word in self.world.names else "[]\n")

    def _images_(self) -> None:
        if self.operands and _normal(self.operands[0]) in self.world.images and self._option("-q"):
            self._say("1a0000000001\n")

    def _wait_(self) -> None:
        for word in self.operands:
            self._container(word)
            self._say("0\n")

    def _cp_(self) -> None:
        source, target = self.operands
        name, colon, path = source.partition(":")
        if colon and "/" not in name and source != "-":
            self._take(self._container(name), path, target)
        else:
            name, _, path = target.partition(":")
            self._give(self._container(name), source, path)

    def _take(self, held: Holding, path: str, target: str) -> None:
        inner = posixpath.normpath("/" + path).strip("/")
        kind = held.tree.kind(inner) or ("file" if inner in held.put else None)
        if kind is None:
            raise RefusedError(f"no {path} in the container")
        if target == "-":
            self._stream(held, [(inner, "." if path.endswith("/.") else posixpath.basename(inner))])
            return
        place = self._path(target)
        if kind == "folder":
            if place.exists() and not place.is_dir():
                raise RefusedError("cannot copy directory to file")
            if not place.is_dir() and not place.parent.is_dir():
                raise RefusedError("invalid output path")
            into = place.is_dir() and not path.endswith("/.") and bool(inner)
            self._lay(held, inner, place / posixpath.basename(inner) if into else place)
            return
        if path.endswith(("/", "/.")) or (target.endswith("/") and not place.is_dir()) or not place.parent.is_dir():
            raise RefusedError("not a directory")
        self._lay(held, inner, place / posixpath.basename(inner) if place.is_dir() else place)

    def _lay(self, held: Holding, inner: str, place: Path) -> None:
        """Puts what a container holds at a place of the host, merging folders."""
        if held.tree.kind(inner) == "folder":
            if place.exists() and not place.is_dir():
                raise RefusedError("cannot overwrite non-directory with directory")
            place.mkdir(exist_ok=True)
            for name, kind in held.tree.below(inner).items():
                spot = place / name
                if kind == "folder":
                    if spot.exists() and not spot.is_dir():
                        raise RefusedError("cannot overwrite non-directory with directory")
                    spot.mkdir(parents=True, exist_ok=True)
                else:
                    spot.parent.mkdir(parents=True, exist_ok=True)
                    self._file(held, posixpath.join(inner, name), spot)
            return
        self._file(held, inner, place)

    def _file(self, held: Holding, inner: str, place: Path) -> None:
        if place.is_dir() and not place.is_symlink():
            raise RefusedError("cannot overwrite directory with non-directory")
        place.unlink(missing_ok=True)
        target = held.tree.links.get(inner)
        if target is not None:
            place.symlink_to(target)
            return
        place.write_bytes(held.text(inner))
        place.chmod(0o755)

    def _give(self, held: Holding, source: str, path: str) -> None:
        inner = posixpath.normpath("/" + path).strip("/")
        if source == "-":
            assert self.given is not None
            with tarfile.open(self.given) as archive:
                for member in archive:
                    spot = posixpath.normpath(posixpath.join(inner, member.name))
                    stream = archive.extractfile(member) if member.isfile() else None
                    self._hold(held, spot, stream.read() if stream is not None else None)
            return
        place = self._path(source)
        if not place.exists():
            raise RefusedError(f"lstat {source}: no such file")
        content = source.endswith("/.")
        inside = held.tree.kind(inner) == "folder" or inner in ("", "tmp")
        base = inner if content or not inside else posixpath.join(inner, posixpath.basename(source.rstrip("/")))
        if place.is_dir():
            self._hold(held, base, None)
            for below in sorted(place.rglob("*")):
                spot = posixpath.join(base, below.relative_to(place).as_posix())
                self._hold(held, spot, below.read_bytes() if below.is_file() else None)
        else:
            self._hold(held, base, place.read_bytes())

    def _hold(self, held: Holding, spot: str, content: bytes | None) -> None:
        held.tree.add(spot, "folder" if content is None else "file")
        if content is not None:
            held.put[spot] = content

    def _stream(self, held: Holding, members: list[tuple[str, str]], compression: str = "") -> None:
        place = self.world.place()
        with tarfile.open(place, f"w:{compression}") as archive:  # type: ignore[call-overload]
            for inner, name in members:
                spots = [(inner, name)]
                spots += [(posixpath.join(inner, b), posixpath.join(name, b)) for b in sorted(held.tree.below(inner))]
                for path, member in spots:
                    archive.addfile(*_member(held, path, member))
        self.lines.append(f"file {place}")

    def _export_(self) -> None:
        held = self._container(self.operands[0])
        tops = sorted({path.split("/")[0] for path in held.tree.nodes} | {"etc"})
        held.tree.add("etc", "folder")
        self._stream(held, [(top, top) for top in tops])
        for place in self._option("-o", "--output"):
            line = self.lines.pop()
            shutil.copyfile(line.removeprefix("file "), self._path(place))

    # --- processes ----------------------------------------------------------------------------------------

    def _process(self, held: Holding, words: list[str]) -> None:
        """What a process in a container prints and leaves: what the search composes, and nothing else."""
        mounts = self._mounts()
        if words[:1] == ["cat"]:
            for path in words[1:]:
                self._print(held, path.strip("/"))
            if not words[1:] and self.given is not None:
                self.lines.append(f"file {self.given}")
        elif words[:1] == ["tar"]:
            self._tar(held, words[1:])
        elif words[:1] in (["cp"], ["touch"], ["mkdir"]):
            self._inner(held, words, mounts)
        elif len(words) >= 3 and words[0] in ("sh", "/bin/sh") and words[1] in ("-c", "-ec", "-cex"):
            for command in re.split(r"\s*(?:&&|;|\n)\s*", words[2]):
                if command:
                    self._shell(held, command, mounts)

    def _print(self, held: Holding, path: str) -> None:
        path = posixpath.normpath(path)
        if held.tree.kind(path) not in ("file", "archive", "link"):
            raise RefusedError(f"cat: can't open '{path}'")
        place = self.world.place()
        place.write_bytes(held.text(path))
        self.lines.append(f"file {place}")

    def _shell(self, held: Holding, command: str, mounts: dict[str, Path]) -> None:
        command, _, redirected = command.partition(" > ")
        words = shlex.split(command)
        if redirected:
            if words[0] == "cat" and mounts:
                self._give_mount(mounts, redirected, held.text(words[1].strip("/")))
            elif not self._give_mount(mounts, redirected, f"from {held.origin} {redirected}\n".encode()):
                held.tree.add(redirected.strip("/"), "file")
        elif words[0] == "cat":
            for path in words[1:]:
                self._print(held, path.strip("/"))
        elif words[0] == "tar":
            self._tar(held, words[1:])
        elif words[0] in ("cp", "mkdir", "touch"):
            self._inner(held, words, mounts)

    def _inner(self, held: Holding, words: list[str], mounts: dict[str, Path]) -> None:
        plain = [word for word in words[1:] if not word.startswith("-")]
        if words[0] == "mkdir":
            for path in plain:
                held.tree.add(path.strip("/"), "folder")
        elif words[0] == "touch":
            for path in plain:
                if not self._give_mount(mounts, path, f"from {held.origin} {path}\n".encode()):
                    held.tree.add(path.strip("/"), "file")
        else:
            *sources, target = plain
            for source in sources:
                inner = posixpath.normpath(source).strip("/")
                place = next(
                    (place for at, place in mounts.items() if (target.rstrip("/") + "/").startswith(at + "/")), None
                )
                if place is not None:
                    spot = place / target.rstrip("/")[len(_mount_of(mounts, target)) :].strip("/")
                    self._lay(held, inner, spot / posixpath.basename(inner) if spot.is_dir() else spot)
                elif held.tree.kind(inner) or source == "here":
                    into = target.endswith("/") or held.tree.kind(target.strip("/")) == "folder"
                    spot_in = posixpath.join(target, posixpath.basename(inner)) if into else target
                    held.tree.add(spot_in.strip("/"), held.tree.kind(inner) or "file")

    def _give_mount(self, mounts: dict[str, Path], path: str, content: bytes) -> bool:
        at = _mount_of(mounts, path)
        if at is None:
            return False
        (mounts[at] / path[len(at) :].strip("/")).write_bytes(content)
        return True

    def _mounts(self) -> dict[str, Path]:
        found = {}
        for text in self._option("-v", "--volume"):
            host, _, rest = text.partition(":")
            if "/" in host:
                found[rest.split(":")[0].rstrip("/")] = Path(host)
        for text in self._option("--mount"):
            parts = dict(part.partition("=")[::2] for part in text.split(","))
            if parts.get("type") == "bind":
                source = parts.get("source") or parts.get("src") or ""
                found[parts.get("target") or parts.get("dst") or parts.get("destination") or ""] = Path(source)
        return found

    def _tar(self, held: Holding, words: list[str]) -> None:
        folder, compression, members = (self._option("-w", "--workdir") or ["/"])[-1], "", []
        words = list(words)
        while words:
            word = words.pop(0)
            if word == "-C":
                folder = words.pop(0)
            elif word == "-":
                continue
            elif word.startswith("-") or (not members and re.fullmatch("c[zvf]*C?", word)):
                compression = "gz" if "z" in word else compression
                if word.endswith("C"):
                    folder = words.pop(0)
            else:
                members.append(word)
        spots = []
        for member in members:
            inner = posixpath.normpath(posixpath.join(folder, member)).strip("/")
            if held.tree.kind(inner) is None:
                raise RefusedError(f"tar: {member}: no such file")
            dot = "./" if member.startswith("./") else ""  # which counts for --strip-components
            spots.append((inner, f"{dot}{posixpath.normpath(member).strip('/')}" if member.strip("./") else "."))
        self._stream(held, spots, compression)


def _mount_of(mounts: dict[str, Path], path: str) -> str | None:
    return next((at for at in mounts if path == at or path.startswith(at + "/")), None)


def _member(held: Holding, path: str, name: str) -> tuple[tarfile.TarInfo, io.BytesIO | None]:
    info = tarfile.TarInfo(name)
    info.mode = 0o755
    if held.tree.kind(path) == "folder":
        info.type = tarfile.DIRTYPE
        return info, None
    if path in held.tree.links:
        info.type, info.linkname = tarfile.SYMTYPE, held.tree.links[path]
        return info, None
    content = held.text(path)
    info.size = len(content)
    return info, io.BytesIO(content)


def _normal(name: str) -> str:
    name = name.removeprefix("docker.io/").removeprefix("library/")
    last = name.rsplit("/", 1)[-1]
    plain = ":" in last or "@" in last or re.fullmatch("[0-9a-f]{12,64}", name)
    return name if plain else f"{name}:latest"


def fresh_world(trees: Mapping[str, Tree], scratch: Path) -> World:
    """A world with nothing in it yet; its streams are kept below `scratch`."""
    return World({_normal(tag): tree for tag, tree in trees.items()}, scratch)
