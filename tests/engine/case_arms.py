"""The two arms of a case: the old script as it is, and the emitted Dockerfile by its own commands."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from case_table import Case, apply_conversion, commands_of, copy_repo
from plain_snapshot import Snapshot, differences, snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conftest import Engine

    from migrator.migration.result import Converted

# What reaches out of the machine does nothing in either arm; the new arm may only build and name images.
_STAND_IN = """#!/bin/sh
for word in "$@"; do
  case $word in
    -*) continue ;;
    push|pull|login|logout) exit 0 ;;
    build|tag|buildx|image|builder) break ;;
    *) if [ -n "$CASE_ONLY_BUILDS" ]; then echo "the new arm asks docker for: $*" >&2; exit 99; fi; break ;;
  esac
done
if [ -z "$CASE_FAILED" ]; then exec {docker} "$@"; fi
{docker} "$@"
code=$?
[ $code -eq 0 ] || echo "exit $code: docker $*" >> "$CASE_FAILED"
exit $code
"""
_SUDO = """#!/bin/sh
while :; do
  case ${1:-} in -u|-g) shift 2 ;; -*) shift ;; *=*) export "$1"; shift ;; *) break ;; esac
done
[ $# -eq 0 ] || exec "$@"
"""
# buildah has no containers in docker's form: podman has them, on the same storage.
_BUILDAH = """#!/bin/sh
case ${1:-} in
  build) shift; exec buildah build --layers "$@" ;;
  image|buildx|builder) [ "${2:-}" != build ] || { shift 2; exec buildah build --layers "$@"; } ;;
esac
exec podman "$@"
"""
_KEPT = (
    *("DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_BUILDKIT", "CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF"),
    *("CONTAINERS_REGISTRIES_CONF", "BUILDAH_ISOLATION", "BUILDAH_FORMAT", "XDG_RUNTIME_DIR"),
)
_SILENT = ("curl", "wget", "ssh", "scp", "kubectl", "docker-compose")


class ArmError(AssertionError):
    """An arm did not come to its end."""


@dataclass(frozen=True)
class Arms:
    """Where both arms of a case run: on one engine, each in a copy of the repository of its own."""

    case: Case
    engine: Engine
    scratch: Path

    def differences(self, result: Converted) -> list[str]:
        """Builds both ways, in the case's environment and in each variant, and says what differs."""
        found = []
        for number, extra in enumerate(({}, *self.case.variants)):
            env = {**self.case.env, **extra}
            legacy = self._legacy(self._folder(f"legacy-{number}"), env, result)
            new = self._new(self._folder(f"new-{number}"), env, result)
            for target in self.case.targets:
                aside = (*self.case.set_aside, *self._emitted(new[target], result))
                label = f"{target} {extra or ''}".strip()
                found += [f"{label}: {line}" for line in differences(legacy[target], new[target], aside)]
        return found

    @property
    def failed_calls(self) -> list[str]:
        """The calls that failed in an old arm that came to its end all the same."""
        noted = self.scratch / "failed-calls"
        return noted.read_text(encoding="utf-8").splitlines() if noted.exists() else []

    def _emitted(self, new: Snapshot, result: Converted) -> list[str]:
        """Where a COPY of the whole context took along what the conversion wrote: that cannot be otherwise."""
        written = {
            (Path(change.path).name, hashlib.sha256(change.content.encode("utf-8", "surrogateescape")).hexdigest())
            for change in result.files
            if change.content is not None
        }
        return [path for path, entry in new.files.items() if (Path(path).name, entry.content) in written]

    def _folder(self, name: str) -> Path:
        folder = self.scratch / name
        folder.mkdir()
        return folder

    def _legacy(self, folder: Path, env: Mapping[str, str], result: Converted) -> dict[str, Snapshot]:
        root = copy_repo(self.case, folder)
        env = {**dict.fromkeys(result.checkouts, str(root)), **env}
        with _Cleaned(self.engine):
            # The Python of the tests has the Docker SDK.
            program = sys.executable if self.case.script.endswith(".py") else "bash"
            words = [self.case.script, *self.case.args] if self.case.is_script else ["-ec", self.case.legacy]
            self._run(root, [program, *words], {**env, "CASE_FAILED": str(self.scratch / "failed-calls")})
            for runtime in self.case.wishes.runtimes:
                self._bash(root, ["-ec", runtime.command], env)
            return self._snapshots(folder)

    def _new(self, folder: Path, env: Mapping[str, str], result: Converted) -> dict[str, Snapshot]:
        root = copy_repo(self.case, folder)
        apply_conversion(result, root)
        with _Cleaned(self.engine):
            for command in commands_of(result):
                words = ["-ec", command, self.case.script, *self.case.args]
                self._bash(root, words, {**env, "CASE_ONLY_BUILDS": "yes"})
            return self._snapshots(folder)

    def _snapshots(self, folder: Path) -> dict[str, Snapshot]:
        for target in self.case.targets:
            if self.engine.docker("image", "inspect", target, check=False).returncode:
                raise ArmError(f"{folder.name}: no image {target} is left")
        return {target: snapshot(self.engine, target, folder) for target in self.case.targets}

    def _bash(self, root: Path, words: list[str], env: Mapping[str, str]) -> None:
        self._run(root, ["bash", *words], env)

    def _run(self, root: Path, words: list[str], env: Mapping[str, str]) -> None:
        done = subprocess.run(
            words,
            cwd=root,
            env=self._environment(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            timeout=300,
            umask=0o022,
        )
        if done.returncode:
            tail = "\n".join(done.stdout.splitlines()[-15:])
            raise ArmError(f"{root.parent.name}: {' '.join(words)[:200]}: exit {done.returncode}\n{tail}")

    def _environment(self, extra: Mapping[str, str]) -> dict[str, str]:
        """A bare environment: what the script finds set is what its case sets."""
        home = self.scratch / "home"
        home.mkdir(exist_ok=True)
        engine = self.engine.env
        kept = {name: engine[name] for name in _KEPT if name in engine}
        system = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        path = ":".join((str(self._stand_ins()), *filter(None, [engine.get("MIGRATOR_PODMAN")]), system))
        user = engine["USER"] if "MIGRATOR_ROOTLESS" in engine else "root"
        return {"PATH": path, "HOME": str(home), "USER": user, "LANG": "C.UTF-8", "TERM": "dumb", **kept, **extra}

    def _client(self) -> str:
        """The program that the stand-in for `docker` hands its calls to."""
        return shutil.which(self.engine.program, path=self.engine.env["PATH"]) or self.engine.program

    def _stand_ins(self) -> Path:
        folder = self.scratch / "bin"
        if folder.exists():
            return folder
        folder.mkdir()
        found = self._client()
        if self.engine.name == "buildah":
            found = str(folder / "buildah-and-podman")
        scripts = {"docker": _STAND_IN.replace("{docker}", found), "sudo": _SUDO, "buildah-and-podman": _BUILDAH}
        scripts |= dict.fromkeys(_SILENT, "#!/bin/sh\nexit 0\n")
        for name, text in scripts.items():
            (folder / name).write_text(text, encoding="utf-8")
            (folder / name).chmod(0o755)
        return folder


class _Cleaned:
    """Removes from the engine the images, containers and volumes that an arm left, and none that was there before.

    The build cache goes as well, all of it: BuildKit takes a file of a context for unchanged when its size, its time to
    the second and the name of the folder are those of an earlier build, which two arms of a small case often share.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def __enter__(self) -> None:
        # A cache that somebody else fills is not ours to empty; the engine that this checkout started is.
        if "/migrator-engine/" in self.engine.env.get("DOCKER_HOST", ""):
            self.engine.docker("builder", "prune", "-af", check=False)
        self.before = self._present()

    def __exit__(self, *_: object) -> None:
        for kind, removal in (
            ("containers", ("rm", "-fv")),
            ("images", ("rmi", "-f")),
            ("volumes", ("volume", "rm", "-f")),
        ):
            for _round in range(4):
                left = sorted(self._present()[kind] - self.before[kind])
                if not left:
                    break
                self.engine.docker(*removal, *left, check=False)

    def _present(self) -> dict[str, set[str]]:
        def listed(*words: str) -> set[str]:
            return set(self.engine.docker(*words).stdout.split())

        named = listed("images", "--format", "{{.Repository}}:{{.Tag}}")
        return {
            "containers": listed("ps", "-aq", "--no-trunc"),
            "images": {name for name in named if "<none>" not in name} | listed("images", "-aq", "--no-trunc"),
            "volumes": listed("volume", "ls", "-q"),
        }
