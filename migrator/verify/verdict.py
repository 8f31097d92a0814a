"""What a verification comes to: a union of frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migrator.diagnostics import Diagnostic


class Verdict(StrEnum):
    """The outcome in one word, as the JSON contract has it."""

    IDENTICAL = "identical"
    EQUIVALENT = "equivalent"
    NONDETERMINISTIC = "nondeterministic"
    DIFFERENT = "different"
    LEGACY_BUILD_FAILED = "legacy-build-failed"
    NEW_BUILD_FAILED = "new-build-failed"
    TIMEOUT = "timeout"
    NOT_RUN = "not-run"


class Legacy(StrEnum):
    """What the old way was: the script, run; our trace of it, replayed; or an image that existed."""

    SCRIPT = "script"
    REPLAY = "replay"
    IMAGE = "image"


PROVED = frozenset({Verdict.IDENTICAL, Verdict.EQUIVALENT})


@dataclass(frozen=True)
class Difference:
    """One thing that two images do not have in common.

    `aspect` is content, mode, owner, type, link, xattr, device, hard-link, mtime, missing, extra, image, call, or
    `config.` and a field; `cause` is the code of a rule.
    """

    aspect: str
    path: str
    legacy: str
    new: str
    cause: str | None = None
    set_aside: bool = False
    image: str = ""

    @property
    def place(self) -> tuple[str, str, str]:
        """What it is a difference of, whatever the values are."""
        return self.image, self.aspect, self.path


@dataclass(frozen=True)
class ArtifactCheck:
    """One artifact by its sha256: as the script extracted it, in the builder stage, and in both final images.

    None stands for what could not be seen, which is not a mismatch.
    """

    path: str
    stage: str
    extracted: str | None
    in_stage: str | None
    legacy: str | None
    new: str | None

    @property
    def match(self) -> bool:
        """Whether the final images agree, and the builder stage gives what the script had extracted."""
        ends = self.legacy == self.new
        return ends and (self.extracted is None or self.in_stage is None or self.extracted == self.in_stage)


@dataclass(frozen=True)
class ImageFacts:
    """What an image weighs: the size that `docker image ls` shows, its layers, and the seconds that it took."""

    name: str
    size: int
    layers: int
    seconds: float


@dataclass(frozen=True)
class Weighed:
    """The images of both ways: one each per target, and the builder images that only the legacy way has."""

    legacy: tuple[ImageFacts, ...] = ()
    new: tuple[ImageFacts, ...] = ()
    builders: tuple[ImageFacts, ...] = ()
    legacy_seconds: float = 0.0
    new_seconds: float = 0.0


@dataclass(frozen=True)
class Repair:
    """A change of a line of the new Dockerfile, for the cause that it cures."""

    cause: str
    line: int
    before: str
    after: str


@dataclass(frozen=True)
class Explanation:
    """What a path has apart in both images, by lines, and who says so."""

    path: str
    tool: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Verification:
    """Both ways were built and compared; `dockerfile` is what the `repairs` made of the new one, if there are any.

    `compared` is how many paths were read; `aspects` is what was held against each other of every one of them.
    """

    verdict: Verdict
    engine: str
    builder: str
    artifacts: tuple[ArtifactCheck, ...]
    differences: tuple[Difference, ...]
    images: Weighed
    diagnostics: tuple[Diagnostic, ...]
    compared: int = 0
    legacy: Legacy = Legacy.SCRIPT
    repairs: tuple[Repair, ...] = ()
    dockerfile: str = ""
    explanation: Explanation | None = None
    aspects: tuple[str, ...] = ()


@dataclass(frozen=True)
class NotVerified:
    """Nothing could be compared; the last diagnostic says why, `log` is the end of what was printed."""

    verdict: Verdict
    engine: str
    builder: str
    diagnostics: tuple[Diagnostic, ...]
    log: tuple[str, ...] = ()
    legacy: Legacy = Legacy.SCRIPT


def verdict_of(differences: tuple[Difference, ...], nondeterministic_code: str, time_code: str) -> Verdict:
    """The verdict that differences amount to; times do not count, since no two builds have the same."""
    if any(not difference.set_aside for difference in differences):
        return Verdict.DIFFERENT
    causes = {difference.cause for difference in differences} - {time_code}
    if nondeterministic_code in causes:
        return Verdict.NONDETERMINISTIC
    return Verdict.EQUIVALENT if causes else Verdict.IDENTICAL
