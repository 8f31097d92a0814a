"""A repository at an address, as a `Project`: its last commit, and of its files only those that are asked for.

git does the fetching, with the credentials that its user has given it. Nothing is checked out, and no hook and no
question to a person is waited for. A server without partial clone sends all files of the commit in place of none.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from migrator.engine.process import How, run
from migrator.errors import ProjectError
from migrator.organisation import bare, scan
from migrator.organisation.places import without_secret
from migrator.project import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_NAMED = re.compile(r"docker|container", re.IGNORECASE)
# How git itself fetches what a partial clone lacks (gitformat-pack and promisor-remote.c): no negotiation, no refs.
_MISSING = (
    "-c", "fetch.negotiationAlgorithm=noop", "fetch", "--quiet", "--no-tags", "--no-write-fetch-head",
    "--recurse-submodules=no", "--filter=blob:none", "--stdin", "origin",
)  # fmt: skip


@contextmanager
def fetched(address: str) -> Iterator[bare.Bare | None]:
    """The files of the last commit behind an address; None when there is none. Raises ProjectError for trouble.

    What is read in the block and is not here yet is fetched then.
    """
    with TemporaryDirectory(prefix="migrator-") as folder:
        place = Path(folder) / _name(address)
        _git(
            "clone", "--quiet", "--bare", "--depth", "1", "--single-branch", "--no-tags", "--filter=blob:none",
            "--template=", "--", address, str(place),
        )  # fmt: skip

        def fetch(numbers: Iterable[bytes]) -> None:
            wanted = b"".join(number + b"\n" for number in numbers)
            if wanted:
                _git("-C", str(place), *_MISSING, stdin=wanted)

        with bare.opened(str(place), bare.Missing(fetch, _matters)) as project:
            yield project


def _name(address: str) -> str:
    """The name of the repository, from the end of its address."""
    name = re.split(r"[/:]", address.rstrip("/"))[-1]
    return name if name.strip(".") else "repository"


def _matters(path: str, kind: Kind) -> bool:
    """Whether a file is nearly always read where a repository is a candidate: one fetch for all of them."""
    return (
        kind is Kind.LINK
        or scan.may_be_script(path, b"#!", executable=kind is Kind.EXECUTABLE)
        or _NAMED.search(path.rsplit("/", 1)[-1]) is not None
    )


def _git(*words: str, stdin: bytes | None = None) -> None:
    # git's own locale says what went wrong in words that we pass on; a question would wait for ever.
    env = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GCM_INTERACTIVE": "never"}
    try:
        done = run(("git", *words), How(env=env, stdin=stdin))
    except FileNotFoundError as error:
        raise ProjectError("git is not installed, and an address needs it", "Install git.") from error
    if not done.ok:
        raise ProjectError(_complaint(done.complaint.splitlines()))


def _complaint(lines: Sequence[str]) -> str:
    """What git said last that is a reason."""
    reasons = [line for line in lines if line.startswith(("fatal:", "error:"))] or list(lines)
    return f"git: {without_secret(reasons[0].partition(': ')[2] or reasons[0])}" if reasons else "git failed"
