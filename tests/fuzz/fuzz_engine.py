"""A quick way to run both arms of a random repository on a real engine: a client takes longer to start than to answer.

What a script and the emitted Dockerfile do is done by the real client. What the search itself asks (what is there, what
is in an image, take it away) is asked over the engine's socket.
"""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from case_arms import Arms
from conftest import Engine

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOTED = Path(__file__).with_name("noted_failures.bash")

# A network for each RUN and each container costs more than most of them do, and a private engine's leads nowhere.
_OFFLINE = """#!/bin/sh
case "$1 $2" in
  "image build"|"buildx build"|"builder build"|"container run"|"container create") one=$1 two=$2; shift 2
    exec {docker} "$one" "$two" --network none "$@" ;;
esac
case $1 in
  build|run|create) one=$1; shift; exec {docker} "$one" --network none "$@" ;;
esac
exec {docker} "$@"
"""


class _Socket(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("engine", timeout=60)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self._path)


class QuickEngine(Engine):
    """An engine of which a search's own questions are asked over its socket, where it has one."""

    def docker(
        self, *arguments: str, check: bool = True, cwd: Path | None = None, input_text: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        host = self.env.get("DOCKER_HOST", "unix:///var/run/docker.sock")
        lines = _answered(host.removeprefix("unix://"), arguments) if host.startswith("unix://") else None
        if lines is None:
            return super().docker(*arguments, check=check, cwd=cwd, input_text=input_text)
        return subprocess.CompletedProcess(list(arguments), 0, "".join(f"{line}\n" for line in lines), "")


@dataclass(frozen=True)
class QuickArms(Arms):
    """Arms that share what the engine's cache holds of either, each with a client of its own.

    BuildKit takes a file of a context for unchanged when size, time to the second, name of the folder and *client* are
    those of an earlier build: what identifies a client stands in its configuration, and each arm has a fresh one.
    """

    def _folder(self, name: str) -> Path:
        folder = super()._folder(name)
        config = self.scratch / "config"
        shutil.rmtree(config, ignore_errors=True)
        config.mkdir()
        given = Path(self.engine.env.get("DOCKER_CONFIG") or Path.home() / ".docker")
        for part in ("config.json", "cli-plugins"):
            if (given / part).exists():
                (config / part).symlink_to(given / part)
        return folder

    def _environment(self, extra: Mapping[str, str]) -> dict[str, str]:
        found = {**super()._environment(extra), "DOCKER_CONFIG": str(self.scratch / "config")}
        if "CASE_FAILED" in extra:  # what the old script runs itself and that fails is noted beside its calls
            found |= {"BASH_ENV": str(_NOTED), "QUICK_FAILED": extra["CASE_FAILED"]}
        return found

    def _client(self) -> str:
        program = self.scratch / "offline-docker"
        if not program.exists():
            program.write_text(_OFFLINE.replace("{docker}", super()._client()), encoding="utf-8")
            program.chmod(0o755)
        return str(program)


def prune(engine: Engine) -> None:
    """Empties what many cases leave in a private engine: the cache, and images without a name."""
    if "/migrator-engine/" in engine.env.get("DOCKER_HOST", ""):
        Engine.docker(engine, "builder", "prune", "-af", check=False)
        Engine.docker(engine, "image", "prune", "-f", check=False)


def _answered(path: str, arguments: tuple[str, ...]) -> list[str] | None:
    match arguments:
        case ("images", "--format", "{{.Repository}}:{{.Tag}}"):
            return [tag for image in _get(path, "/images/json") for tag in image["RepoTags"] or ["<none>:<none>"]]
        case ("images", "-aq", "--no-trunc"):
            return []  # images without a name are the classic builder's cache, which `prune` empties
        case ("ps", "-aq", "--no-trunc"):
            return [container["Id"] for container in _get(path, "/containers/json?all=1")]
        case ("volume", "ls", "-q"):
            return [volume["Name"] for volume in _get(path, "/volumes")["Volumes"] or []]
        case ("builder", "prune", "-af"):
            return []
        case ("rm", "-fv", *names):
            return _removed(path, [f"/containers/{name}?force=1&v=1" for name in names])
        case ("rmi", "-f", *names):
            return _removed(path, [f"/images/{quote(name)}?force=1&noprune=1" for name in names])
        case ("volume", "rm", "-f", *names):
            return _removed(path, [f"/volumes/{name}?force=1" for name in names])
        case ("image", "inspect", name):
            return ["[]"] if _asked(path, "GET", f"/images/{quote(name)}/json")[0] == http.client.OK else None
        case ("save", "-o", place, name):
            status, content = _asked(path, "GET", f"/images/{quote(name)}/get")
            Path(place).write_bytes(content)
            return [] if status == http.client.OK else None
        case _:
            return None


def _removed(path: str, places: list[str]) -> list[str]:
    for place in places:
        _asked(path, "DELETE", place)
    return []


def _get(path: str, what: str) -> Any:  # noqa: ANN401  # whatever JSON the engine answers
    return json.loads(_asked(path, "GET", what)[1])


def _asked(path: str, verb: str, what: str) -> tuple[int, bytes]:
    connection = _Socket(path)
    try:
        connection.request(verb, what)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
