"""Clients that a script starts around the recorder, by a path or a PATH of its own: they are to find no engine.

Nothing is written down of such a call, and nothing in it has a private name: it would work on the user's own images.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.rules import verification as rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.diagnostics import Diagnostic
    from migrator.interpret.run import Outcome

# Clients say which context or which file they lack, and so that it was this one.
NAME = "around-migrator"
# Where podman and buildah keep images; they end where the file that says it is not there.
STORAGE = "CONTAINERS_STORAGE_CONF"


def keep_off(home: Path, reach: Mapping[str, str]) -> dict[str, str]:
    """Have docker, with this home and no variable that says otherwise, find no engine; the variables for podman.

    `reach` are the variables that do reach the engine.
    """
    folder = home / ".docker"
    folder.mkdir(exist_ok=True)
    # Without its plugins a client gives up before it has looked for a context.
    plugins = [str(Path(reach["DOCKER_CONFIG"], "cli-plugins"))] if "DOCKER_CONFIG" in reach else []
    settings = {"currentContext": NAME, "cliPluginsExtraDirs": plugins}
    (folder / "config.json").write_text(json.dumps(settings) + "\n", encoding="utf-8")
    return {STORAGE: str(home / NAME)}


def went_around(output: bytes, trace: Outcome | None) -> Diagnostic | None:
    """That a client was called around the recorder, where what the script printed says so."""
    if NAME.encode() not in output:
        return None
    calls = [call for world in trace.worlds for call in world.calls] if trace is not None else []
    found = next((call for call in calls if "/" in call.words[0]), None)
    how = "by a PATH or an environment of its own" if found is None else f"as {found.words[0]}"
    return rules.AROUND.at(None if found is None else found.span, how=how)
