"""What it takes to build both ways by hand, without migrator: files, and a script that a person can read."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from migrator.dockercli.names import normal_image

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from migrator.migration.result import Converted
    from migrator.verify.verdict import NotVerified, Verification

CHANGES = "changes"
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_TEMPLATE = """#!/usr/bin/env bash
# Builds both ways by hand, one after the other, each in a clean copy of the repository:
#
#   bash reproduce.sh REPOSITORY
#
# It runs the repository's own script, unguarded: what that pushes is pushed. The images of each way are saved in the
# folder that is named at the end, and stay in the engine under the names that the commands give.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "${1:?the path of the repository is missing}" && pwd)
place=$(mktemp -d)
%(engine)s
clean_copy() {
  mkdir -p "$place/work/%(name)s"
  if git -C "$repository" ls-files --error-unmatch . >/dev/null 2>&1; then
    git -C "$repository" ls-files -z | tar -C "$repository" --null -T - -cf - | tar -C "$place/work/%(name)s" -xf -
  else
    cp -a "$repository/." "$place/work/%(name)s"
  fi
  cd "$place/work/%(name)s"
}

save_as() {
  for image in %(images)s; do
    docker save -o "$place/$1-$(printf '%%s' "$image" | tr '/:' '__').tar" "$image"
  done
  cd "$place"
  mv work/%(name)s "$1"
}

clean_copy
bash -e "$here/legacy-commands.sh"
save_as legacy

clean_copy
cp -R "$here/%(changes)s/." .
%(removed)s
%(new)s
save_as new

rmdir work
echo "both ways are in $place"
"""


def reproduction(
    conversion: Converted,
    outcome: Verification | NotVerified,
    given: tuple[Sequence[str], Mapping[str, str]],
    name: str = "",
) -> dict[str, str]:
    """The files by their path: what the conversion writes, and the script that builds both ways.

    `given` are the script's arguments and variables, `name` is what the folder of the repository is called: programs
    put the path that they were built at into what they make.
    """
    args, variables = given
    written = {f"{CHANGES}/{one.path}": one.content for one in conversion.files if one.content is not None}
    written.setdefault(f"{CHANGES}/{conversion.dockerfile_path}", conversion.dockerfile)
    gone = [one.path for one in conversion.files if one.content is None]
    # A name with a parameter of the script in it is known only once the command has run.
    tags = [tag for target in conversion.targets for tag in target.tags if not set(tag) & set("$`")]
    words = [f"{key}={value}" for key, value in variables.items()]
    command = [*(["env", *words] if words else []), "bash", "-e"]
    text = _TEMPLATE % {
        "engine": _engine(outcome),
        "name": name if _PLAIN.fullmatch(name) else "repository",
        "images": " ".join(shlex.quote(normal_image(tag)) for tag in dict.fromkeys(tags)),
        "changes": CHANGES,
        "removed": f"rm -f -- {shlex.join(gone)}" if gone else ":",
        "new": f'{shlex.join(command)} "$here/build-commands.sh" {shlex.join(args)}'.rstrip(),
    }
    return {**written, "reproduce.sh": text}


def _engine(outcome: Verification | NotVerified) -> str:
    if outcome.builder == "buildah":
        client = "podman" if outcome.engine.startswith("podman") else "python3 -m migrator.engine.buildah"
        lines = ['mkdir "$place/bin"', f'printf \'#!/bin/sh\\nexec {client} "$@"\\n\' >"$place/bin/docker"']
        return "\n".join(
            (*lines, 'chmod +x "$place/bin/docker"', 'export BUILDAH_FORMAT=docker PATH="$place/bin:$PATH"')
        )
    return f"export DOCKER_BUILDKIT={int(outcome.builder != 'classic')}"
