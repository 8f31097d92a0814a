"""An engine over plain folders: real files, real commands, no containers. Both ways of building a repository, compared.

A search that asks a real engine sees a case in some seconds; this one sees some in a second. What it says is not proof:
what it finds is tried on a real engine.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import os
import posixpath
import re
import shutil
import signal
import stat
import subprocess
import sys
import tarfile
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent), str(HERE.parent), str(HERE.parent / "engine")]

from fuzz_builder import EMPTY, Build  # noqa: E402  # the folders above hold them
from fuzz_dense import compose_context  # noqa: E402
from fuzz_judge import BAD, Verdict, shrunk_by, tell  # noqa: E402
from fuzz_rootfs import FailedError, Image, Store, _unpack, inside, lay, make_parents, mount, run, unmount  # noqa: E402
from fuzz_script import compose  # noqa: E402
from fuzz_stand import PROGRAM, Answer, Call, RefusedError, Stand, _normal  # noqa: E402

from migrator.migration.result import Converted, NotApplicable  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fuzz_repo import Repo

_CACHE = os.environ.get("MIGRATOR_ENGINE_CACHE") or str(Path.home() / ".cache/migrator")
_PLACES = ("/bin/busybox", "/usr/bin/busybox", f"{_CACHE}/tools/bin/busybox")  # the last one by scripts/engine
BUSYBOX = next((path for path in _PLACES if Path(path).exists()), "")


@dataclass
class Box:
    """A container: its image, what was changed in it, and the command that it was made with."""

    image: Image
    seen: Path
    upper: Path
    words: list[str]
    config: dict[str, Any]
    mounts: dict[str, Path]


@dataclass
class Engine:
    """One engine for one arm of one case; a world of `Stand`."""

    store: Store
    calls: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    images: dict[str, Image] = field(default_factory=dict)
    boxes: dict[str, Box] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    printed: dict[str, list[str]] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    arguments: dict[str, str] = field(default_factory=dict)
    only_builds: bool = False

    def ignored(self) -> list[str]:
        """The commands of the script itself that failed, and after which it went on."""
        noted = self.store.folder / "failed"
        return noted.read_text(errors="replace").splitlines() if noted.exists() else []

    def place(self) -> Path:
        return self.store.fresh("s") / "stream"

    def answer(self, cwd: str, words: tuple[str, ...], given: Path | None) -> Answer:
        """What a call prints, and its status."""
        call = RealCall(self, cwd, words, given)  # type: ignore[arg-type]
        try:
            found = call.answer()
        except (FailedError, OSError, ValueError, KeyError, IndexError) as error:
            found = [f"err {type(error).__name__} {error}", "status 1"]
        if found[-1] != "status 0":
            self.failed.append(f"{' '.join(words)}: {found}")
        return found


class RealCall(Call):
    """A call that is done for real."""

    @property
    def engine(self) -> Engine:
        return self.world  # type: ignore[return-value]

    def _named(self, name: str) -> Image:
        found = self.engine.images.get(_normal(name))
        if found is None:
            raise RefusedError(f"no image {name}")
        return found

    def _box(self, word: str) -> Box:
        identity = self.engine.names.get(word)
        if identity is None:
            raise RefusedError(f"No such container: {word}")
        return self.engine.boxes[identity]

    def _build_(self) -> None:
        context, recipe = self.operands[0], (self._option("-f", "--file") or [""])[-1]
        file = self._path(recipe) if recipe else self._path(context) / "Dockerfile"
        folder = self._path(context)
        if context == "-" or recipe == "-":
            assert self.given is not None
            file = self.given
            folder = self.engine.store.fresh("e") if context == "-" else folder
        own = file.with_name(file.name + ".dockerignore")
        rules = own if own.exists() else folder / ".dockerignore"
        arguments = {}
        for text in self._option("--build-arg"):
            name, equals, value = text.partition("=")
            if equals or name in self.engine.arguments:
                arguments[name] = value if equals else self.engine.arguments[name]
        labels = dict(text.partition("=")[::2] for text in self._option("--label"))
        lines = rules.read_text().splitlines() if rules.exists() else []
        build = Build(self.engine.store, file.read_text(), folder, arguments, self._named, labels)
        image = build.run((self._option("--target") or [None])[-1], lines)
        identity = f"1a{len(self.engine.calls):010x}{0:052d}"
        for name in (*self._option("-t", "--tag"), f"sha256:{identity}", identity, identity[:12]):
            self.engine.images[_normal(name)] = image
        for place in self._option("--iidfile"):
            self._path(place).write_text(f"sha256:{identity}")
        self._say(f"sha256:{identity}\n" if self._option("-q", "--quiet") else f"Successfully built {identity[:12]}\n")

    def _create_(self) -> str:
        image = self._named(self.operands[0])
        for name in self._option("--name"):
            if name in self.engine.names:
                raise RefusedError(f"the container name {name} is in use")
        seen, upper = self.engine.store.open(image.layers)
        identity = f"2b{len(self.engine.calls):010x}{0:052d}"
        entry = self._option("--entrypoint")
        words = self.operands[1:] or ([] if entry else image.config["cmd"] or [])
        words = [*(entry or image.config["entrypoint"] or []), *words]
        config = {**image.config, "env": dict(image.config["env"])}
        for text in self._option("-e", "--env"):
            name, equals, value = text.partition("=")
            config["env"][name] = value if equals else self.engine.arguments.get(name, "")
        config["workdir"] = (self._option("-w", "--workdir") or [config["workdir"]])[-1]
        config["user"] = (self._option("-u", "--user") or [config["user"]])[-1]
        self.engine.boxes[identity] = Box(image, seen, upper, words, config, self._mounts())
        for name in (identity, identity[:12], *self._option("--name")):
            self.engine.names[name] = identity
        for place in self._option("--cidfile"):
            if self._path(place).exists():
                raise RefusedError("container ID file found")
            self._path(place).write_text(identity)
        if "run" not in self.words[:2]:
            self._say(f"{identity}\n")
        return identity

    def _run_(self) -> None:
        identity = self._create_()
        box = self.engine.boxes[identity]
        if self._option("-d", "--detach"):
            self._say(f"{identity}\n")
            if box.words[:1] != ["sleep"]:
                self._work(box, box.words, box.config)
                self._keep(identity, quiet=True)
            return
        try:
            self._work(box, box.words, box.config)
        finally:
            self._keep(identity, quiet=False)
        if self._option("--rm"):
            self._remove(identity)

    def _work(self, box: Box, words: list[str], config: dict[str, Any]) -> None:
        places = []
        for at, host in box.mounts.items():
            place = inside(box.seen, at)
            make_parents(box.seen, place, (0, 0))
            host.mkdir(parents=True, exist_ok=True)
            mount("none", place, "", str(host), 4096)
            places.append(place)
        output = self.engine.place()
        try:
            status = run(box.seen, words, config, output, self.given)
        finally:
            for place in places:
                unmount(place)
        self.lines.append(f"file {output}")
        if status:
            raise RefusedError(f"{words}: exit {status}")

    def _exec_(self) -> None:
        box = self._box(self.operands[0])
        config = {**box.config, "env": dict(box.config["env"])}
        for text in self._option("-e", "--env"):
            config["env"].update([text.split("=", 1)])
        config["workdir"] = (self._option("-w", "--workdir") or [config["workdir"]])[-1]
        config["user"] = (self._option("-u", "--user") or [config["user"]])[-1]
        self._work(box, self.operands[1:], config)

    def _start_(self) -> None:
        for word in self.operands:
            box = self._box(word)
            self._work(box, box.words, box.config)
            self._keep(self.engine.names[word], quiet=not self._option("-a", "--attach"))
            if not self._option("-a", "--attach"):
                self._say(f"{word}\n")

    def _remove(self, identity: str) -> None:
        self.engine.store.shut(self.engine.boxes.pop(identity).seen)
        for name in [name for name, known in self.engine.names.items() if known == identity]:
            del self.engine.names[name]

    def _wait_(self) -> None:
        for word in self.operands:
            self._box(word)
            self._say("0\n")

    def _rmi_(self) -> None:
        for word in self.operands:
            if self.engine.images.pop(_normal(word), None) is None:
                raise RefusedError(f"No such image: {word}")

    def _images_(self) -> None:
        if self.operands and _normal(self.operands[0]) in self.engine.images and self._option("-q"):
            self._say("1a0000000001\n")

    def _rm_(self) -> None:
        for word in self.operands:
            self._box(word)
            self._remove(self.engine.names[word])
            self._say(f"{word}\n")

    def _tag_(self) -> None:
        self.engine.images[_normal(self.operands[1])] = self._named(self.operands[0])

    def _commit_(self) -> None:
        box = self._box(self.operands[0])
        layer = self.engine.store.fresh("k")
        subprocess.run(["cp", "-a", f"{box.upper}/.", str(layer)], check=True)
        image = Image((layer, *box.image.layers), {**box.image.config, "shell": None})
        identity = f"sha256:3c{len(self.engine.calls):010x}{0:052d}"
        for name in (*self.operands[1:2], identity):
            self.engine.images[_normal(name)] = image
        self._say(f"{identity}\n")

    def _cp_(self) -> None:
        source, target = self.operands
        name, colon, path = source.partition(":")
        if colon and "/" not in name and source != "-":
            self._out(self._box(name).seen, path, target)
            return
        name, _, path = target.partition(":")
        root = self._box(name).seen
        inner = inside(root, path)
        if source == "-":
            assert self.given is not None
            if not inner.is_dir():
                raise RefusedError("no such folder")
            _unpack(self.given, inner)
            return
        here = self._path(source)
        if not os.path.lexists(here):
            raise RefusedError(f"lstat {source}: no such file")
        self._lay_out(here, inner, content=source.endswith("/."), slash=path.endswith("/"))

    def _out(self, root: Path, path: str, target: str) -> None:
        follow = bool(self._option("-L", "--follow-link"))
        here = inside(root, path.rstrip("/") if not path.endswith("/.") else path, follow=follow)
        if not os.path.lexists(here):
            raise RefusedError(f"no {path} in the container")
        if path.endswith(("/", "/.")) and not here.is_dir():
            raise RefusedError("not a directory")
        if target == "-":
            output = self.engine.place()
            with tarfile.open(output, "w") as archive:
                archive.add(here, posixpath.basename(posixpath.normpath(path)))
            self.lines.append(f"file {output}")
            return
        name = posixpath.basename(posixpath.normpath(path))
        self._lay_out(here, self._path(target), content=path.endswith("/."), slash=target.endswith("/"), name=name)

    def _lay_out(self, here: Path, place: Path, *, content: bool, slash: bool, name: str = "") -> None:
        folder = here.is_dir() and not here.is_symlink()
        if folder:
            if place.exists() and not place.is_dir():
                raise RefusedError("cannot copy a folder to a file")
            if place.is_dir():
                lay(here, place if content else place / (name or here.name), (0, 0), top=content)
            else:
                if not place.parent.is_dir():
                    raise RefusedError("no such folder")
                lay(here, place, (0, 0), top=False)
            return
        if place.is_dir():
            place = place / (name or here.name)
        elif slash or not place.parent.is_dir():
            raise RefusedError("no such folder")
        lay(here, place, (0, 0), top=False)

    def _export_(self) -> None:
        output = self.engine.place()
        with tarfile.open(output, "w") as archive:
            archive.add(self._box(self.operands[0]).seen, "")
        place = self._option("-o", "--output")
        if place:
            shutil.copyfile(output, self._path(place[0]))
        else:
            self.lines.append(f"file {output}")

    def _inspect_(self) -> None:
        for word in self.operands:
            if _normal(word) not in self.engine.images and word not in self.engine.names:
                raise RefusedError(f"No such object: {word}")
            asked = "".join(self._option("-f", "--format"))
            self._say(f"{self.engine.names[word]}\n" if "Id" in asked and word in self.engine.names else "[]\n")


def base_folder(place: Path) -> Path:
    """The stand-in for alpine that the engines of the tests have: busybox and its names."""
    for name in """bin dev etc home lib media mnt opt proc root run sbin srv sys tmp usr/bin usr/lib usr/sbin
                   usr/local/bin usr/local/lib usr/local/share var/cache var/lib var/log var/tmp""".split():
        (place / name).mkdir(parents=True, exist_ok=True)
    shutil.copy(BUSYBOX, place / "bin/busybox")
    for name in subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True, check=True).stdout.split():
        if name != "busybox":
            (place / "bin" / name).symlink_to("/bin/busybox")
    (place / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n")
    (place / "etc/group").write_text("root:x:0:root\nnobody:x:65534:\n")
    (place / "root").chmod(0o700)
    for name in ("tmp", "var/tmp"):
        (place / name).chmod(0o1777)
    os.mknod(place / "dev/null", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    (place / "dev/null").chmod(0o666)
    return place


class Workbench:
    """What all cases of a search share."""

    def __init__(self) -> None:
        top = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.folder = Path(tempfile.mkdtemp(prefix="fuzz-mini-", dir=top))
        self.folder.chmod(0o755)
        self.base = base_folder(self.folder / "base")
        self.stand = Stand()
        self.programs = self.folder / "programs"
        self.programs.mkdir()
        for path in (HERE.parent / "oracle" / "standins").iterdir():
            if "docker" not in path.name and path.name != "make":
                (self.programs / path.name).symlink_to(path)
        (self.programs / "docker").symlink_to(PROGRAM)
        self.number = 0

    def close(self) -> None:
        for line in reversed(Path("/proc/mounts").read_text().splitlines()):  # of a case that was cut short
            if line.split()[1].startswith(str(self.folder)):
                unmount(Path(line.split()[1]))
        shutil.rmtree(self.folder, ignore_errors=True)

    def judge(self, repo: Repo) -> Verdict:
        """The verdict on a repository."""
        told = tell(repo)
        if isinstance(told, Verdict):
            return told
        if isinstance(told, NotApplicable):
            return Verdict("not-applicable", told.reason)
        if not isinstance(told, Converted):
            first = next(item for item in told.diagnostics if item.severity == "error")
            return Verdict("declined", f"{first.code} {first.message}")
        return self.compared(repo, told)

    def compared(self, repo: Repo, told: Converted) -> Verdict:
        """Both arms, and what differs."""
        old = new = None
        try:
            status, output, old = self._arm(repo, {}, list(repo.command) + list(repo.args))
            broken = [line for line in old.failed if not line.startswith(("rm", "rmi", "inspect", "image inspect"))]
            broken += [line for line in old.ignored() if not re.match(r"exit \d+: docker ", line)]
            if status:
                return Verdict("legacy-failed", f"{output}\n{broken}", told.dockerfile)
            changes = {change.path: change.content for change in told.files}
            for command in dict.fromkeys(target.command for target in told.targets):
                # Nothing but images is left of a command: one engine for all of them.
                words = ["bash", "-ec", command, repo.entry, *repo.args]
                status, output, new = self._arm(repo, changes, words, new)
                if status:
                    kind = "call-failed" if broken else "build-failed"
                    return Verdict(kind, f"{output}\n{new.failed}", told.dockerfile)
            found = []
            for target in repo.targets:
                found += [f"{target}: {line}" for line in differences(old, new, target, changes)]
            kind = ("call-failed" if broken else "WRONG") if found else "equal"
            return Verdict(kind, "\n".join(found[:12]), told.dockerfile)
        finally:
            for engine in (old, new):
                if engine is not None:
                    engine.store.close()

    def _arm(
        self, repo: Repo, changes: dict[str, str | None], words: list[str], engine: Engine | None = None
    ) -> tuple[int, str, Engine]:
        self.number += 1
        name = f"arm{self.number}"
        if engine is None:
            engine = Engine(Store(self.folder / name, self.base))
            config = {
                **EMPTY,
                "cmd": ["/bin/sh"],
                "env": {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
            }
            engine.images["alpine:latest"] = Image((self.base,), config)
        root = engine.store.fresh("repo")
        for path, text in {**repo.files, **changes}.items():
            place = root / path
            if text is None:
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
            place.chmod(0o755 if path.endswith(".sh") else 0o644)
        environment = {
            "PATH": f"{self.programs}:/usr/local/bin:/usr/bin:/bin", "HOME": str(self.folder), "LC_ALL": "C.UTF-8",
            "BASH_ENV": str(PROGRAM), "QUICK_PORT": str(self.stand.port), "QUICK_RUN": name,
            "TMPDIR": str(engine.store.fresh("t")), "QUICK_FAILED": str(engine.store.folder / "failed"), **repo.env,
        }  # fmt: skip
        engine.arguments = environment
        self.stand.open(name, engine)
        try:
            done = subprocess.run(
                words, cwd=root, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, timeout=120, check=False, umask=0o022,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return 124, "it did not end in two minutes", engine
        finally:
            self.stand.close(name)
        return done.returncode, done.stdout.decode(errors="replace")[-600:], engine


def snapshot(image: Image, store: Store) -> dict[str, tuple[str, ...]]:
    """Everything in an image: kind, mode, owner, content."""
    root = store.view(image.layers)
    found = {}
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            path = Path(folder) / name
            inner = "/" + path.relative_to(root).as_posix()
            state = path.lstat()
            owner, mode = f"{state.st_uid}:{state.st_gid}", f"{stat.S_IMODE(state.st_mode):04o}"
            if stat.S_ISLNK(state.st_mode):
                found[inner] = ("link", owner, os.readlink(path))  # noqa: PTH115  # as it is written
            elif stat.S_ISDIR(state.st_mode):
                found[inner] = ("folder", owner, mode)
            elif stat.S_ISREG(state.st_mode) and inner != "/bin/busybox":
                found[inner] = ("file", owner, mode, hashlib.sha256(path.read_bytes()).hexdigest()[:12])
    return found


def differences(old: Engine, new: Engine | None, target: str, written: Mapping[str, str | None]) -> list[str]:
    """Where an image of one engine is not that of the other."""
    one = old.images.get(_normal(target))
    other = new.images.get(_normal(target)) if new is not None else None
    if one is None or other is None or new is None:
        return [f"no image: legacy {one is not None}, new {other is not None}"]
    before, after = snapshot(one, old.store), snapshot(other, new.store)
    own = {
        (posixpath.basename(path), hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:12])
        for path, text in written.items()
        if text is not None
    }
    found = []
    for path in sorted(before.keys() | after.keys()):
        if before.get(path) == after.get(path) or (posixpath.basename(path), after.get(path, ("",))[-1]) in own:
            continue  # what the conversion wrote came along with the whole context
        if path not in before or path not in after:
            found.append(f"{path}: legacy {before.get(path, 'nothing')}, new {after.get(path, 'nothing')}")
        else:
            found.append(f"{path}: {before[path]} → {after[path]}")
    found += [
        f"config.{key}: {one.config.get(key)} → {other.config.get(key)}"
        for key in sorted(one.config.keys() | other.config.keys())
        if (one.config.get(key) or None) != (other.config.get(key) or None)
    ]
    return found


def main() -> int:
    """Runs seeds from `--start` on; exit 1 when one looked wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--start", type=int, default=0, metavar="SEED")
    parser.add_argument("--count", type=int, default=10**9)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--shrink", type=int, default=0, metavar="ATTEMPTS")
    parser.add_argument("--dense", action="store_true", help="a folder out of an image, taken in by all kinds of COPY")
    options = parser.parse_args()
    bench = Workbench()
    counts: collections.Counter[str] = collections.Counter()
    reasons: collections.Counter[str] = collections.Counter()
    began = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    seed = options.start
    try:
        while seed < options.start + options.count and time.monotonic() - began < options.seconds:
            repo = compose_context(seed) if options.dense else compose(seed)
            verdict = bench.judge(repo)
            counts[verdict.kind] += 1
            if verdict.kind == "declined":
                reasons[verdict.detail.partition(" ")[0]] += 1
            if verdict.kind in BAD:
                if options.shrink:
                    repo, verdict = shrunk_by(bench.judge, repo, verdict, options.shrink)
                print(f"\n=== seed {seed}: {verdict.kind}\n{verdict.detail}\n--- build.sh\n{repo.script}")  # noqa: T201
                for path, text in repo.texts.items():
                    if "ocker" in path:
                        print(f"--- {path}\n{text}", end="")  # noqa: T201
                print(f"--- emitted\n{verdict.dockerfile}", flush=True)  # noqa: T201
            seed += 1
    finally:
        bench.close()
        print(f"{sum(counts.values())} seeds from {options.start}, {time.monotonic() - began:.0f} s:", dict(counts))  # noqa: T201
        print("declined:", dict(reasons.most_common()), flush=True)  # noqa: T201
    return 1 if any(counts[kind] for kind in BAD) else 0


if __name__ == "__main__":
    sys.exit(main())
