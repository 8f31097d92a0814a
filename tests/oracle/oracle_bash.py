"""What a script really does: a run by bash in a scratch folder, with stand-ins for docker and its neighbours."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oracle_rows import HERE, Row

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 20
# A Python that has Fabric 1; `make test-fabric` makes one.
FABRIC = os.environ.get("MIGRATOR_FABRIC", "")


@dataclass(frozen=True)
class Recorded:
    """One run: the docker calls as (working folder, words), the folder that was the repository, and the outcome."""

    calls: tuple[tuple[str, tuple[str, ...]], ...]
    root: Path
    status: int
    output: str


def lay_out(row: Row, root: Path) -> None:
    """Writes the row's repository to a folder."""
    for name, text in row.texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        path.chmod(0o755 if name.endswith(".sh") else 0o644)
    for name, target in row.links.items():
        (root / name).symlink_to(target)


def run_bash(row: Row, scratch: Path) -> Recorded:
    """What happens when the row's script runs in its repository below `scratch`."""
    root, state = scratch / "repo", scratch / "state"
    environment = environment_of(row, scratch)
    lay_out(row, root)
    first = row.script.partition("\n")[0]
    called = row.path if "/" in row.path else f"./{row.path}"
    command = [called] if first.startswith("#!") else ["bash", called]
    if row.path.endswith(".py"):
        command = [sys.executable if row.own else "python3", "-B", called]
    if row.task:
        command = [sys.executable, "-B", "-m", "invoke", row.task]
    given = list(row.args)
    if row.path.startswith("fabfile"):
        task = f"{row.task}:{','.join(given)}" if given else row.task
        command, given = [FABRIC, "-B", "-W", "ignore", "-m", "fabric", "--fabfile", row.path, task], []
    done = subprocess.run(
        [*command, *given],
        cwd=root,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        umask=0o022,
        timeout=SECONDS,
        check=False,
    )
    return Recorded(tuple(calls_in(state)), root, done.returncode, done.stdout.decode(errors="replace"))


def environment_of(row: Row, scratch: Path) -> dict[str, str]:
    """The environment of a run below `scratch`, whose folders are made."""
    root, state, home = (scratch / name for name in ("repo", "state", "home"))
    for folder in (root, state / "images", state / "containers", state / "names", home):
        folder.mkdir(parents=True)
    return {
        "PATH": f"{HERE / 'standins'}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "ORACLE_STATE": str(state),
        "ORACLE_ROOT": str(root),
        "ORACLE_FAILS": row.fails,
        **row.env,
        **row.hidden_env,
    }


def calls_in(state: Path) -> list[tuple[str, tuple[str, ...]]]:
    """The calls that were recorded."""
    log = state / "calls"
    fields = log.read_bytes().decode("utf-8", "surrogateescape").split("\0")[:-1] if log.exists() else []
    found = []
    at = 0
    while at < len(fields):
        count = int(fields[at])
        found.append((fields[at + 1], tuple(fields[at + 2 : at + 2 + count])))
        at += 2 + count
    return found


def tree(root: Path) -> dict[str, Path]:
    """Every path below a folder, relative, to where it is."""
    found = {}
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            path = root.__class__(folder) / name
            found[path.relative_to(root).as_posix()] = path
    return found
