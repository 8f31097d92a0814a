"""A verification in a process of its own, for tests that interrupt or kill it: prints `verdict: …` at its end."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from verify_bench import BUILDER, NEW, REPOSITORY, converted

from migrator.engine.find import find_engine
from migrator.project import Project
from migrator.verify.arms import VerifyOptions
from migrator.verify.scratch import interruptible
from migrator.verify.verify import verify

if TYPE_CHECKING:
    from migrator.engine.base import Builder


def main() -> None:
    """Verify the repository, whose builder is made slow in the way that the caller says."""
    repository = dict(REPOSITORY)
    slow, at = os.environ.get("SLOW", ""), os.environ.get("AT")
    conversion = converted()
    if at and at.startswith("they differ"):
        # The build that is to be slow is the old one, when it is made once more.
        repository["Dockerfile.build"] = BUILDER + f"RUN sleep {slow}\n"
        conversion = converted(NEW + "RUN echo > /planted\n")
    elif at:
        # The build that is to be slow is the new one, and the moment to wait for is when it begins.
        conversion = converted(NEW.replace("/out/ferry\n", f"/out/ferry\nRUN sleep {slow}\n", 1))
    elif slow:
        # The script says when the build has begun, so that a test can wait for that moment.
        repository["Dockerfile.build"] = BUILDER + f"RUN sleep {slow}\n"
        repository["build.sh"] = f"touch {sys.argv[1]}\n" + REPOSITORY["build.sh"]
    other = next((name for name in ("podman", "buildah") if shutil.which(name)), "")
    other = other if os.environ.get("MIGRATOR_PODMAN") else ""
    builder: Builder = "classic" if os.environ.get("DOCKER_BUILDKIT") == "0" else "buildkit"
    engine = find_engine(other or "docker", None if other else builder)
    with interruptible():
        options = VerifyOptions(timeout=300, say=lambda text: Path(sys.argv[1]).touch() if text == at else None)
        outcome = verify(Project.of(repository, "ferry"), conversion, options, engine)
    sys.stdout.write(f"verdict: {outcome.verdict} {[found.code for found in outcome.diagnostics]}\n")


if __name__ == "__main__":
    # Whoever starts the tests in the background makes everything below deaf to Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.path.insert(0, str(Path(__file__).parents[2]))
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
