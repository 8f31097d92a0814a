"""A client that takes docker's words and does them with buildah: `python -m migrator.engine.buildah WORD…`.

What it cannot do exactly it does not do: it ends with 125 and says so, and writes it to the file that `REFUSED` names.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from migrator.dockercli.parse import parse
from migrator.engine.base import REFUSED
from migrator.engine.buildah import absent, containers, images, showing
from migrator.engine.buildah.refusals import ADVICE, refusal
from migrator.engine.buildah.store import RefusedError, Tool, WordError, say
from migrator.engine.buildah.templates import rendered

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from migrator.dockercli.parse import Call

_CODE = 125


def main() -> None:
    """Do the words of the command line, the first of which is the path of buildah; ends the process."""
    program, *words = sys.argv[1:]
    environment = {name: value for name, value in os.environ.items() if name != REFUSED}
    if not os.path.exists(os.path.join(environment.get("DOCKER_CONFIG", "/"), "config.json")):  # noqa: PTH110, PTH118 - text
        environment.pop("DOCKER_CONFIG", None)  # docker does without, buildah does not
    code = perform(Tool(program, environment), words)
    sys.stdout.flush()
    sys.exit(code)


def perform(buildah: Tool, words: list[str]) -> int:
    """Do one command; its exit code."""
    try:
        return _done(buildah, parse(("docker", *words)))
    except WordError as error:
        sys.stderr.write(f"{error.message}\n")
        return error.code
    except Exception as error:  # noqa: BLE001 - what went wrong in here says nothing of the script either
        why = str(error) if isinstance(error, RefusedError) else f"{type(error).__name__}: {error}"
        _note(f"docker {' '.join(words)}", why)
        sys.stderr.write(f"migrator: buildah has no {why}: {ADVICE}\n")
        return _CODE


def _done(buildah: Tool, call: Call | None) -> int:
    if call is None or not call.verb:
        raise RefusedError("this command")
    why = refusal(call)
    if why is not None or call.verb not in HANDLERS:
        raise RefusedError(why or f"`{call.verb}`")
    return HANDLERS[call.verb](buildah, call)


def _note(command: str, why: str) -> None:
    path = os.environ.get(REFUSED)
    if path:
        with open(path, "a", encoding="utf-8", errors="replace") as target:  # noqa: PTH123 - text
            target.write(f"{why}\t{command}\n")


def _version(buildah: Tool, call: Call) -> int:
    said = buildah.must("--version").split()
    version = said[2] if len(said) > 2 else ""
    value = {"Version": version}
    template = call.value("format") or "buildah {{.Client.Version}}"
    say(rendered(template, {"Client": value, "Server": value}))
    return 0


def _info(buildah: Tool, call: Call) -> int:
    template = call.value("format")
    if template is not None:
        raise RefusedError(f"the format {template!r}")
    say(buildah.must("info"))
    return 0


HANDLERS: Mapping[str, Callable[[Tool, Call], int]] = {
    "build": images.build,
    "images": images.listing,
    "tag": images.tag,
    "rmi": images.remove,
    "save": images.save,
    "load": images.load,
    "pull": images.pull,
    "create": containers.create,
    "run": containers.run,
    "start": containers.start,
    "cp": containers.copy,
    "rm": containers.remove,
    "ps": showing.listing,
    "inspect": showing.inspect,
    "rename": containers.rename,
    "wait": containers.wait,
    "stop": containers.stop,
    "kill": containers.kill,
    "volume ls": absent.listing,
    "volume rm": absent.named,
    "volume inspect": absent.named,
    "network rm": absent.named,
    "network inspect": absent.named,
    "export": containers.export,
    "version": _version,
    "info": _info,
}
