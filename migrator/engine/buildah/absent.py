"""Docker's words on volumes and networks that do not exist, since none can be made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.engine.buildah.store import say

if TYPE_CHECKING:
    from migrator.dockercli.parse import Call
    from migrator.engine.buildah.store import Tool


def listing(_buildah: Tool, call: Call) -> int:
    """`docker volume ls`: none."""
    if not call.has("quiet") and not call.has("format"):
        say("DRIVER    VOLUME NAME")
    return 0


def named(_buildah: Tool, call: Call) -> int:
    """`docker volume rm`, `docker network rm` and the like: there is none of that name."""
    kind = call.verb.partition(" ")[0]
    for name in call.operands:
        say(f"Error response from daemon: no such {kind}: {name}", error=True)
    return 0 if call.has("force") or not call.operands else 1
