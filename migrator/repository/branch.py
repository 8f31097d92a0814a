"""Commits changes on a new branch of a git repository; the work tree, its index and its branch stay as they are."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.engine import process
from migrator.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECONDS = 60
_NOWHERE = "0" * 40


@dataclass(frozen=True)
class Branch:
    """A branch that is to be made: its name, the folder that was converted, and the commit that it starts from."""

    name: str
    root: Path
    start: str


def prepare(root: Path, name: str) -> Branch:
    """The branch; UsageError when it cannot be made: no git, no commit, a name that is taken, changes not committed."""
    if _git(root, "rev-parse", "--is-inside-work-tree") != "true":
        raise UsageError(f"{root} is in no git repository, so there is no branch to make", "Leave --branch out.")
    start = _git(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if start is None:
        raise UsageError("there is no commit yet that a branch could start from", "Commit once.")
    if _git(root, "check-ref-format", "--branch", name) is None:
        raise UsageError(f"git takes no branch named {name}")
    if _git(root, "rev-parse", "--verify", "--quiet", f"refs/heads/{name}") is not None:
        raise UsageError(f"there is a branch {name} already", "Give another name, or remove the branch.")
    if _git(root, "status", "--porcelain", "--untracked-files=no", "."):
        raise UsageError(
            "there are changes that are not committed, so a branch would not hold what is converted",
            "Commit or stash them, or leave --branch out.",
        )
    return Branch(name, root, start)


def commit(branch: Branch, changes: Mapping[str, str | None], message: str) -> str | None:
    """Commits the changes (path to new text, None for a removal); the commit's id, or None where nothing changes.

    Nothing is left behind when that fails: git makes the branch last.
    """
    prefix = _must(branch, "rev-parse", "--show-prefix")
    with tempfile.TemporaryDirectory(prefix="migrator-index-") as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        _must(branch, "read-tree", branch.start, env=index)
        for path, text in changes.items():
            place = prefix + path
            if text is None:
                _must(branch, "update-index", "--force-remove", "--", path, env=index)
                continue
            entry = _must(branch, "ls-files", "--stage", "--full-name", "--", path, env=index)
            mode = entry.split(" ")[0] if entry else "100644"
            data = text.encode("utf-8", "surrogateescape")
            blob = _must(branch, "hash-object", "-w", "--stdin", f"--path={path}", stdin=data)
            _must(branch, "update-index", "--add", "--cacheinfo", f"{mode},{blob},{place}", env=index)
        tree = _must(branch, "write-tree", env=index)
    if tree == _must(branch, "rev-parse", f"{branch.start}^{{tree}}"):
        return None
    made = _must(branch, "commit-tree", tree, "-p", branch.start, stdin=message.encode("utf-8", "surrogateescape"))
    _must(branch, "update-ref", "-m", "migrator migrate", f"refs/heads/{branch.name}", made, _NOWHERE)
    return made


def _git(root: Path, *words: str) -> str | None:
    """What git says, or None when it fails or is not there."""
    try:
        done = process.run(["git", "-C", str(root), *words], process.How(timeout=_SECONDS))
    except OSError:
        return None
    return done.stdout.decode("utf-8", "surrogateescape").strip() if done.ok else None


def _must(branch: Branch, *words: str, env: Mapping[str, str] | None = None, stdin: bytes | None = None) -> str:
    how = process.How(timeout=_SECONDS, env={**os.environ, **(env or {})}, stdin=stdin)
    done = process.run(["git", "-C", str(branch.root), *words], how)
    if not done.ok:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise UsageError(f"git {words[0]} failed: {said[-1] if said else 'no reason given'}")
    return done.stdout.decode("utf-8", "surrogateescape").strip("\n")
