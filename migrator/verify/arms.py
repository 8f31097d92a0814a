"""The two ways to build, each run for real in a clean copy of the repository."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import shutil
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.dockercli.names import normal_image
from migrator.engine import process
from migrator.errors import EngineError
from migrator.frontends.read import file_of, named, read
from migrator.interpret.python.start import is_python
from migrator.project import Kind
from migrator.verify.around import keep_off, went_around
from migrator.verify.calls import RecordedCall, read_calls
from migrator.verify.digest import path_digest
from migrator.verify.quota import Quota
from migrator.verify.recorder.main import STAND_INS, install
from migrator.verify.recorder.modules import MODULES, install_sdk, uses_sdk
from migrator.verify.recorder.session import Session
from migrator.verify.settle import Asides

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from migrator.diagnostics import Diagnostic
    from migrator.engine.base import Engine
    from migrator.interpret.run import Outcome
    from migrator.migration.result import Converted
    from migrator.project import Project
    from migrator.verify.scratch import Scratch

LOG = "log"
TEMPORARY = "tmp"
LOG_LIMIT = 1 << 20
TAIL = 20


@dataclass(frozen=True)
class VerifyOptions:
    """How to verify. `args` and `env` are the script's; `timeout` is for each way, in seconds.

    `behind` are commands that follow the script in the old way: the builds that stand in no script.

    `records` is a folder that gets the log and the calls of each way; `asides` says what is set aside. `against` is an
    image that takes the place of the old way, `replay` lets our trace of the script do so. `network` is what builds
    and containers have for one, None for what the script says or, in a replay, none; `disk` is how many bytes may lie
    on the disk outside of the engine; `beside` says whether both ways run at once, None where that is sound. `smoke` is
    a command to run both images with, empty for their own, `explain` a path of theirs to explain. `say` is told what is
    being done, `output` gets what the builds print.
    """

    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    behind: tuple[str, ...] = ()
    timeout: float | None = 3600.0
    reuse_cache: bool = False
    keep: bool = False
    records: Path | None = None
    asides: Asides = field(default_factory=Asides)
    against: str | None = None
    replay: bool = False
    network: str | None = None
    disk: int | None = None
    beside: bool | None = None
    smoke: str | None = None
    explain: str | None = None
    say: Callable[[str], None] = field(default=lambda _: None, compare=False)
    output: Callable[[bytes], None] | None = field(default=None, compare=False)

    @property
    def on_network(self) -> str:
        """The network of every build and container; empty for what the script says."""
        asked = self.network or ("none" if self.replay else "default")
        return "" if asked == "default" else asked


@dataclass(frozen=True)
class Bench:
    """What all ways to build one conversion have in common; `trace` is what we read in the script, if we did."""

    engine: Engine
    scratch: Scratch
    project: Project
    root: Path | None
    conversion: Converted
    options: VerifyOptions
    trace: Outcome | None = None
    quota: Quota = field(default_factory=lambda: Quota(Path(), None), compare=False)
    place: str = "work"
    stop: threading.Event = field(default_factory=threading.Event, compare=False)

    def is_over(self) -> bool:
        """Whether what runs is to be ended: it takes too much, or nobody wants to know any more."""
        return self.stop.is_set() or self.quota()

    @property
    def work(self) -> Path:
        """Where a way finds the repository: one path for those that follow each other, since paths get into images."""
        return self.scratch.folder / self.place / (self.project.name or "repository")


@dataclass(frozen=True)
class Arm:
    """What one way came to: its exit code, what it printed, and every call that it made.

    `targets` are the calls of each target's command, for the legacy way those of the script; `before` is the digest of
    each watched path, `recipes` that of each recipe file, in the clean copy. `own` is how many of the calls are the
    script's, where builds follow it.
    """

    session: Session
    finished: tuple[process.Finished, ...]
    targets: tuple[tuple[RecordedCall, ...], ...]
    before: Mapping[str, str]
    recipes: Mapping[str, str]
    own: int | None = None

    @property
    def of_script(self) -> tuple[RecordedCall, ...]:
        """The calls that the script itself made."""
        return self.calls[: self.own]

    @property
    def calls(self) -> tuple[RecordedCall, ...]:
        """All calls in order."""
        return tuple(call for calls in self.targets for call in calls)

    @property
    def code(self) -> int:
        """The exit code of what failed, or 0."""
        return next((one.code for one in self.finished if one.code), 0)

    @property
    def timed_out(self) -> bool:
        """Whether the time was over before it was done."""
        return any(one.timed_out for one in self.finished)

    @property
    def seconds(self) -> float:
        """How long it took."""
        return sum(one.seconds for one in self.finished)

    @property
    def tail(self) -> tuple[str, ...]:
        """The last lines that it printed."""
        text = b"".join(one.stdout for one in self.finished).decode("utf-8", "replace")
        return tuple(line.rstrip() for line in text.splitlines() if line.strip())[-TAIL:]

    def went_around(self, trace: Outcome | None) -> Diagnostic | None:
        """That a client was called around the recorder, where what was printed says so."""
        return went_around(b"".join(one.stdout for one in self.finished), trace)

    def made(self, target: int | None = None) -> tuple[str, ...]:
        """The names of the images that are there afterwards as far as the calls tell, in order."""
        calls = self.calls if target is None else self.targets[target]
        return tuple(dict.fromkeys(normal_image(tag) for call in calls if call.ok for tag in call.tags))


def run_legacy(bench: Bench, name: str = "legacy", *, cache: bool | None = None) -> Arm:
    """Run the user's own script in a clean copy; `cache` None does with the cache what the options say."""
    session = session_of(bench, name, cache=bench.options.reuse_cache if cache is None else cache)
    before, recipes = prepare(bench)
    folder = bench.trace.folder if bench.trace is not None else ""
    done = [_start(bench, session, _legacy_words(bench, folder), folder)]
    own = len(read_calls(session.log))
    if done[0].ok:
        done.extend(_start(bench, session, (_program("bash"), "-ec", command)) for command in bench.options.behind)
    return Arm(session, tuple(done), (read_calls(session.log),), before, recipes, own)


def stand_in(bench: Bench) -> Arm:
    """The old way where an image takes its place: nothing is run."""
    return Arm(session_of(bench, "legacy", cache=False), (), ((),), {}, {})


def _legacy_words(bench: Bench, folder: str) -> tuple[str, ...]:
    """How the old way is run: the script by bash, a Makefile by make, anything else as the text that it comes to."""
    script, args = bench.conversion.script, bench.options.args
    part = named(bench.project, script, bench.options.env)
    if part is None:
        python = is_python(script, bench.project.text(script) or "")
        return (_program("python3" if python else "bash"), os.path.relpath(script, folder or "."), *args)
    words = part.front_end.command(part.path, part.part, args)
    if words is not None and shutil.which(words[0]):
        return words
    text = bench.scratch.folder / "commands.sh"
    program = read(bench.project, script, args, bench.options.env)
    text.write_text(program.source.text, encoding="utf-8", errors="surrogateescape", newline="")
    return (_program("bash"), str(text))


def run_new(bench: Bench) -> Arm:
    """Run the new build commands in a clean copy that has the files of the conversion."""
    session = session_of(bench, "new", cache=bench.options.reuse_cache)
    before, recipes = prepare(bench, bench.conversion)
    done: list[process.Finished] = []
    targets: list[tuple[RecordedCall, ...]] = []
    seen = 0
    for command in dict.fromkeys(target.command for target in bench.conversion.targets):
        done.append(
            _start(bench, session, (_program("bash"), "-c", command, bench.conversion.script, *bench.options.args))
        )
        calls = read_calls(session.log)
        targets.append(calls[seen:])
        seen = len(calls)
        if not done[-1].ok:
            break
    return Arm(session, tuple(done), tuple(targets), before, recipes)


def is_plain(name: str) -> bool:
    """Whether an image's name is one, and not a template with a parameter of the script in it."""
    return name.isascii() and not set(name) & set("${}`<> ")


def image_of(bench: Bench, arm: Arm, name: str) -> str | None:
    """The private name of an image that an arm left, or None when there is none."""
    private = arm.session.private_image(name)
    return private if bench.engine.image(private) is not None else None


def session_of(bench: Bench, name: str, *, cache: bool) -> Session:
    """A new session of one way, with the recorder in its folder."""
    folder = bench.scratch.folder / name
    folder.mkdir()
    stages = [stage.image for stage in bench.conversion.stages if stage.image and stage.file]
    tags = [tag for target in bench.conversion.targets for tag in target.tags]
    hidden = {normal_image(image) for image in (*stages, *tags) if is_plain(image)}
    session = Session(
        run=f"{bench.scratch.run}-{name}",
        client=bench.engine.command,
        environment=dict(bench.engine.environment),
        folder=str(folder),
        root=str(bench.work),
        hidden=tuple(sorted(hidden)),
        watched=tuple(dict.fromkeys(artifact.workspace_path for artifact in bench.conversion.artifacts)),
        cache=cache,
        named_contexts=bench.engine.named_contexts,
        builder=bench.engine.builder,
        network=bench.options.on_network,
    )
    install(folder / STAND_INS, session.save())
    if uses_sdk(bench.project):
        install_sdk(folder / MODULES)
    return session


def prepare(bench: Bench, conversion: Converted | None = None) -> tuple[dict[str, str], dict[str, str]]:
    """A clean copy, with the files of a conversion where there is one; digests of the watched paths and the recipes."""
    shutil.rmtree(bench.work.parent, ignore_errors=True)
    bench.quota.has_room(bench.project, bench.root)
    check_out(bench.project, bench.work)
    if bench.root is not None and (bench.root / ".git").is_dir():
        # What a script asks git about a clone, it can ask it about the copy.
        shutil.copytree(bench.root / ".git", bench.work / ".git", symlinks=True)
    if conversion is not None:
        apply_changes(conversion, bench.work)
    watched = {artifact.workspace_path: bench.work / artifact.workspace_path for artifact in bench.conversion.artifacts}
    before = {name: digest for name, path in watched.items() if (digest := path_digest(path))}
    return before, _recipes(bench)


def check_out(project: Project, root: Path) -> None:
    """Write a project's files below `root`, with the modes that git gives to a clean checkout."""
    root.mkdir(parents=True)
    root.chmod(0o755)
    for name, kind in project.files.items():
        path = _inside(root, name)
        for folder in reversed(path.relative_to(root).parents[:-1]):
            if not (root / folder).is_dir():
                (root / folder).mkdir()
                (root / folder).chmod(0o755)
        if kind is Kind.LINK:
            path.symlink_to(project.links[name])
        else:
            path.write_bytes(project.read(name))
            path.chmod(0o755 if kind is Kind.EXECUTABLE else 0o644)


def apply_changes(conversion: Converted, root: Path) -> None:
    """Make a copy of the repository what it will be after the migration."""
    changes = {change.path: change.content for change in conversion.files}
    changes.setdefault(conversion.dockerfile_path, conversion.dockerfile)
    for name, content in changes.items():
        path = _inside(root, name)
        if content is None:
            path.unlink(missing_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", errors="surrogateescape", newline="")


def _inside(root: Path, name: str) -> Path:
    path = root / name
    if not Path(os.path.normpath(path)).is_relative_to(root) or not path.parent.resolve().is_relative_to(
        root.resolve()
    ):
        raise EngineError(f"a path of the repository leads out of it: {name}")
    return path


def _recipes(bench: Bench) -> dict[str, str]:
    """The sha256 of every Dockerfile, ignore file and build script of the copy, by its path."""
    recipes = {file_of(bench.project, bench.conversion.script), bench.conversion.dockerfile_path}
    recipes |= {stage.file for stage in bench.conversion.stages if stage.file}
    recipes |= {change.path for change in bench.conversion.files}
    ignores = {name for name in bench.project.files if name.endswith(".dockerignore")}
    found = {}
    for name in recipes | ignores:
        path = bench.work / name
        if path.is_file() and not path.is_symlink():
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def _program(name: str) -> str:
    program = shutil.which(name)
    if program is None:
        raise EngineError(f"there is no {name} to run the script with", f"Install {name}.")
    return program


def _start(bench: Bench, session: Session, words: Sequence[str], folder: str = "") -> process.Finished:
    how = process.How(
        cwd=bench.work / folder,
        env=environment_of(bench, session),
        timeout=bench.options.timeout,
        merged=True,
        limit=LOG_LIMIT,
        on_output=bench.options.output,
        umask=0o022,
        watch=bench.is_over,
    )
    done = process.run(words, how)
    with (Path(session.folder) / LOG).open("ab") as log:
        log.write(done.stdout)
    bench.quota.check()
    return done


def environment_of(bench: Bench, session: Session, *, given: bool = True) -> dict[str, str]:
    """What the script finds set: nothing of the user's but his PATH, and what he says with --env where `given`."""
    home = bench.scratch.folder / "home"
    temporary = bench.scratch.folder / TEMPORARY
    home.mkdir(exist_ok=True)
    temporary.mkdir(exist_ok=True)
    path = os.environ.get("PATH") or os.defpath
    around = keep_off(home, bench.engine.environment)
    own = bench.options.env if given else {}
    modules = Path(session.folder) / MODULES
    found = [str(modules)] if modules.is_dir() else []
    found += [own["PYTHONPATH"]] if own.get("PYTHONPATH") else []
    return {
        "PATH": f"{Path(session.folder) / STAND_INS}{os.pathsep}{path}",
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "USER": os.environ.get("USER") or _user(),
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "BUILDKIT_PROGRESS": "plain",
        "DOCKER_BUILDKIT": "1" if bench.engine.builder == "buildkit" else "0",
        **dict.fromkeys(bench.conversion.checkouts, str(bench.work)),
        **around,
        **own,
        **({"PYTHONPATH": os.pathsep.join(found)} if found else {}),
    }


def _user() -> str:
    """Who we are, where no variable says so: runc takes a `root` in a user namespace for the real one."""
    with contextlib.suppress(KeyError):
        return pwd.getpwuid(os.geteuid()).pw_name
    return str(os.geteuid())
