"""Small repositories in the builder pattern with their conversions written by hand, and a way to verify them."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING, Any

from migrator.migration.result import Artifact, Consumer, Converted, FileChange, Floor, StageInfo, Target
from migrator.project import Kind, Project
from migrator.verify.arms import VerifyOptions
from migrator.verify.verify import verify

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conftest import Engine

    from migrator.interpret.run import Outcome
    from migrator.verify.verdict import NotVerified, Verification

SCRIPT = """#!/bin/sh
set -e
docker build -t ferry:build -f Dockerfile.build .
docker create --name ferry-extract ferry:build
docker cp ferry-extract:/out/ferry ./ferry
docker rm ferry-extract
docker build -t ferry:latest .
rm ./ferry
"""
BUILDER = "FROM alpine:latest\nRUN mkdir /out && echo timetable > /out/ferry && chmod 755 /out/ferry\n"
RUNTIME = 'FROM alpine:latest\nWORKDIR /root/\nCOPY ferry .\nENV HARBOUR=north\nCMD ["./ferry"]\n'
COPY = "COPY --from=builder --chown=0:0 /out/ferry ."
NEW = (
    BUILDER.replace("latest", "latest AS builder")
    + "\n"
    + RUNTIME.replace("latest", "latest AS runtime").replace("COPY ferry .", COPY)
)
REPOSITORY = {"build.sh": SCRIPT, "Dockerfile.build": BUILDER, "Dockerfile": RUNTIME}


def converted(dockerfile: str = NEW, tags: tuple[str, ...] = ("ferry:latest",), **changes: object) -> Converted:
    """The conversion of REPOSITORY, or of one like it."""
    command = "docker build " + "".join(f"-t {tag} " for tag in tags) + "."
    fields: dict[str, Any] = {
        "script": "build.sh",
        "dockerfile": dockerfile,
        "dockerfile_path": "Dockerfile",
        "stages": (
            StageInfo("builder", "alpine:latest", "Dockerfile.build", "ferry:build"),
            StageInfo("runtime", "alpine:latest", "Dockerfile", tags[0]),
        ),
        "targets": (Target("runtime", tags, command),),
        "artifacts": (Artifact("builder", "/out/ferry", "ferry", (Consumer("runtime", 6, "/root/ferry"),), None),),
        "lines": (),
        "files": (FileChange("Dockerfile", "write", dockerfile), FileChange("Dockerfile.build", "delete", None)),
        "diagnostics": (),
        "floor": Floor("17.05", buildkit=False, syntax=None, needs=()),
    }
    return Converted(**(fields | changes))


def prove(
    engine: Engine,
    repository: Mapping[str, str] = REPOSITORY,
    conversion: Converted | None = None,
    options: VerifyOptions | None = None,
    trace: Outcome | None = None,
) -> Verification | NotVerified:
    """What verifying a repository in memory gives."""
    project = Project.of(repository, "ferry")
    chosen = options or VerifyOptions(timeout=300)
    return verify(project, conversion or converted(), chosen, engine.interface, trace=trace)


def project_of(repository: Mapping[str, str]) -> Project:
    """A repository in memory in which nothing is executable."""
    return Project("ferry", dict.fromkeys(repository, Kind.FILE), lambda name: repository[name].encode())


def tar_of(*members: tarfile.TarInfo, contents: Mapping[str, bytes] | None = None) -> bytes:
    """A tar archive with PAX headers."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for member in members:
            data = (contents or {}).get(member.name, b"")
            member.size = len(data) if member.isfile() else 0
            archive.addfile(member, io.BytesIO(data))
    return target.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, **fields: object) -> tarfile.TarInfo:
    """One entry of an archive."""
    found = tarfile.TarInfo(name)
    found.type = kind
    found.mode = 0o755 if kind == tarfile.DIRTYPE else 0o644
    for field, value in fields.items():
        setattr(found, field, value)
    return found
