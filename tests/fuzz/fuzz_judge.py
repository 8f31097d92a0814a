"""The verdict on one repository: what the tool says of it, and whether both ways of building agree."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "engine")]

from case_arms import ArmError  # noqa: E402  # the folders above hold them
from case_table import load_case  # noqa: E402
from fuzz_engine import QuickArms, QuickEngine  # noqa: E402

from migrator.diagnostics import Severity  # noqa: E402
from migrator.migration.convert import convert  # noqa: E402
from migrator.migration.result import Converted, NotApplicable  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Engine
    from fuzz_repo import Repo

    from migrator.migration.result import Conversion

# A script that goes on when such a call fails leaves something, and nothing that a Dockerfile could be equivalent to.
_CALL = r"docker (container |image |buildx )?(build|cp|create|run|exec|start|export|commit|tag) "
_MADE = re.compile(rf"exit \d+: ({_CALL}|(?!docker ))")
_STDIN = re.compile(r"(-f|--file)[ =]?-(\s|$)", re.MULTILINE)
BAD = ("WRONG", "build-failed", "crash")


@dataclass(frozen=True)
class Verdict:
    """Kind (equal, WRONG, build-failed, declined, not-applicable, legacy-failed, call-failed, crash) and a reason."""

    kind: str
    detail: str
    dockerfile: str = ""

    @property
    def is_bad(self) -> bool:
        """Whether this is a bug of ours."""
        return self.kind in BAD


def tell(repo: Repo) -> Conversion | Verdict:
    """What the tool says; an exception of it is a verdict."""
    try:
        return convert(repo.project(), repo.entry, repo.args, repo.env)
    except Exception:  # noqa: BLE001  # whatever it is, it is a bug that the search must outlive
        return Verdict("crash", traceback.format_exc(limit=-3))


def judge(repo: Repo, engine: Engine) -> Verdict:
    """Builds both ways, where the tool converts, and compares the images."""
    if engine.builder == "classic" and _is_for_buildkit(repo):
        return Verdict("not-applicable", "another context with the classic builder")
    told = tell(repo)
    if isinstance(told, Verdict):
        return told
    if isinstance(told, NotApplicable):
        return Verdict("not-applicable", told.reason)
    if not isinstance(told, Converted):
        first = next(item for item in told.diagnostics if item.severity is Severity.ERROR)
        return Verdict("declined", f"{first.code} {first.message}")
    return compared(repo, told, engine)


def _is_for_buildkit(repo: Repo) -> bool:
    """Whether contexts are others with the classic builder.

    It knows no ignore file of one Dockerfile. Its client writes the name of a recipe from standard input, which is
    random, into the `.dockerignore` that it sends; of a folder that is kept out it sends the Dockerfile in it, which
    leaves an empty folder in the context.
    """
    own = any(
        path.endswith("ockerfile.dockerignore") or re.search(r"ockerfile[\w.]+\.dockerignore$", path)
        for path in repo.texts
    )
    rules = repo.texts.get(".dockerignore", "")
    return own or bool(rules and _STDIN.search(repo.script)) or rules.startswith("*\n")


def compared(repo: Repo, told: Converted, engine: Engine) -> Verdict:
    """Whether a conversion of a repository gives the images that its script gives."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        folder = Path(name) / "case"
        repo.write_case(folder, "random")
        case = load_case(folder)
        arms = QuickArms(case, QuickEngine(engine.name, engine.env, engine.builder, engine.version), Path(name))
        try:
            found, kind = arms.differences(told), "WRONG"
        except ArmError as error:
            found, kind = [str(error)], "legacy-failed" if str(error).startswith("legacy") else "build-failed"
        except subprocess.TimeoutExpired as error:  # an engine that hangs, or one of the two ways that does not end
            found, kind = [str(error)], "crash"
        if found and kind != "legacy-failed" and any(_MADE.match(line) for line in arms.failed_calls):
            return Verdict("call-failed", "\n".join(arms.failed_calls))
    return Verdict(kind if found else "equal", "\n".join(found), told.dockerfile)


def shrunk(repo: Repo, engine: Engine, verdict: Verdict, most: int = 150) -> tuple[Repo, Verdict]:
    """A repository from which nothing more can be left out with the same kind of verdict, within `most` attempts."""
    return shrunk_by(lambda smaller: judge(smaller, engine), repo, verdict, most)


def shrunk_by(judged: Callable[[Repo], Verdict], repo: Repo, verdict: Verdict, most: int) -> tuple[Repo, Verdict]:
    """The same by any judge."""
    tried = 0
    progress = True
    while progress and tried < most:
        progress = False
        for smaller in repo.smaller():
            tried += 1
            if tried > most:
                break
            found = judged(smaller)
            if found.kind == verdict.kind and _alike(found, verdict):
                repo, verdict, progress = smaller, found, True
                break
    return repo, verdict


def _alike(one: Verdict, other: Verdict) -> bool:
    if one.kind == "crash":
        return one.detail.splitlines()[-1] == other.detail.splitlines()[-1]
    if one.kind == "WRONG":
        return bool(_aspects(one) & _aspects(other))
    return True


def _aspects(verdict: Verdict) -> set[str]:
    """Missing, new, owner, mode, …: a small repository must show one of the differences of the large one."""
    found = set()
    for line in verdict.detail.splitlines():
        if "no image" in line:
            found.add("no image")
        elif "legacy nothing" in line:
            found.add("more")
        elif "new nothing" in line:
            found.add("less")
        else:
            found.add(line.split(": ")[-1].split(" ")[0])
    return found
