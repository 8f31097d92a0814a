"""Each artifact by its sha256 at the four places where it can be seen."""

from __future__ import annotations

import posixpath
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from migrator.errors import EngineError
from migrator.verify.archive import rooted
from migrator.verify.digest import stream_digest, tree_digest
from migrator.verify.entry import Entry, Kind
from migrator.verify.recorder.build import marked, on_network
from migrator.verify.recorder.line import parse
from migrator.verify.verdict import ArtifactCheck

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from migrator.migration.result import Artifact
    from migrator.verify.arms import Arm, Bench
    from migrator.verify.calls import RecordedCall
    from migrator.verify.snapshot import Snapshot

# What a build in order to look at a stage has no use for.
_NOT_FOR_STAGES = (
    "tag",
    "target",
    "no-cache",
    "iidfile",
    "quiet",
    "progress",
    "output",
    "load",
    "push",
    "metadata-file",
    "pull",
)


@dataclass(frozen=True)
class StageDigests:
    """Digests of paths of builder stages: (stage, path) to sha256, read while the new way's copy is still there."""

    found: Mapping[tuple[str, str], str | None]

    def get(self, artifact: Artifact) -> str | None:
        """The digest of an artifact in the stage that makes it."""
        return self.found.get((artifact.stage, artifact.path))


def stage_digests(bench: Bench, new: Arm) -> StageDigests:
    """Build every stage that an artifact comes from, out of the cache of the build just done, and read the paths."""
    paths = dict.fromkeys((artifact.stage, artifact.path) for artifact in bench.conversion.artifacts)
    builds = [call for call in new.calls if call.ok and call.command == "build" and not call.stdin]
    if not builds:
        return StageDigests({})
    images = {stage: _stage_image(bench, new, builds[-1], stage) for stage, _ in paths}
    return StageDigests({(stage, path): _in_image(bench, new, images[stage], path) for stage, path in paths})


def _stage_image(bench: Bench, new: Arm, call: RecordedCall, stage: str) -> str | None:
    line = parse(call.argv, call.program).without(*_NOT_FOR_STAGES)
    line = line.mapped("build-arg", lambda text: f"{text}={call.passed[text]}" if text in call.passed else text)
    line = line.with_option("target", stage).with_option("tag", f"{new.session.repository}stage:{stage.lower()}")
    line = marked(new.session, on_network(new.session, line))
    return bench.engine.build(line.argv[len(line.words) :], call.cwd)


def _in_image(bench: Bench, new: Arm, image: str | None, path: str) -> str | None:
    if image is None:
        return None
    try:
        with bench.engine.copy_out(image, path, new.session.thing("stage-reader")) as source:
            return tar_digest(source)
    except (EngineError, tarfile.TarError):
        return None


def tar_digest(source: IO[bytes]) -> str | None:
    """The digest of what a tar stream of one path holds: a file's own, a folder's as a tree, None for a link."""
    leaves: dict[str, str] = {}
    top = ""
    with tarfile.open(fileobj=source, mode="r|") as tar:
        for member in tar:
            name = posixpath.normpath(member.name)
            opened = tar.extractfile(member) if member.isfile() else None
            if not top:
                top = name
                if opened is not None:
                    return stream_digest(opened)
                if not member.isdir():
                    return None
                continue
            leaves[posixpath.relpath(name, top)] = _leaf(member, opened, leaves, top)
    return tree_digest(leaves) if top else None


def _leaf(member: tarfile.TarInfo, opened: IO[bytes] | None, leaves: Mapping[str, str], top: str) -> str:
    if opened is not None:
        return stream_digest(opened)
    if member.islnk():
        return leaves.get(posixpath.relpath(posixpath.normpath(member.linkname), top), "special")
    if member.issym():
        return f"-> {member.linkname}"
    return "/" if member.isdir() else "special"


def extracted_digest(artifact: Artifact, legacy: Arm) -> str | None:
    """The digest of an artifact as the script took it out: at its `docker cp`, or when a build first saw it."""
    source = rooted(artifact.path)
    copies = [one for call in legacy.calls if call.ok for one in call.extracted if rooted(one.source) == source]
    exact = [one for one in copies if one.destination == str(Path(legacy.session.root, artifact.workspace_path))]
    if exact or copies:
        return (exact or copies)[0].sha256
    known = legacy.before.get(artifact.workspace_path)
    if known and Path(legacy.session.root, artifact.workspace_path).is_dir():
        return None  # what came out lies among what was there
    seen = (call.observed.get(artifact.workspace_path) for call in legacy.calls)
    return next((digest for digest in seen if digest and digest != known), None)


def snapshot_digest(snapshot: Snapshot, path: str) -> str | None:
    """The digest of what stands at a path of an image; None when nothing does, or it is neither file nor folder."""
    path = rooted(path)
    entry = snapshot.files.get(path)
    if entry is not None and entry.kind is Kind.FILE:
        return entry.content
    inside = f"{path.rstrip('/')}/"
    leaves = {
        name.removeprefix(inside): _entry_leaf(below)
        for name, below in snapshot.files.items()
        if name.startswith(inside)
    }
    return tree_digest(leaves) if leaves else None


def _entry_leaf(entry: Entry) -> str:
    if entry.kind is Kind.FILE:
        return entry.content
    if entry.kind is Kind.LINK:
        return f"-> {entry.link}"
    return "/" if entry.kind is Kind.FOLDER else "special"


def check_artifacts(
    bench: Bench, legacy: Arm, stages: StageDigests, snapshots: Mapping[str, tuple[Snapshot, Snapshot]]
) -> Iterator[ArtifactCheck]:
    """One check for every place of a final image that an artifact goes to; `snapshots` are by the target's stage."""
    for artifact in bench.conversion.artifacts:
        extracted, in_stage = extracted_digest(artifact, legacy), stages.get(artifact)
        ends = [one for one in artifact.consumers if one.stage in snapshots]
        for consumer in ends:
            pair = snapshots[consumer.stage]
            path = _landing(pair[0], consumer.destination, artifact)
            ours, theirs = (snapshot_digest(snapshot, path) for snapshot in pair)
            yield ArtifactCheck(path, artifact.stage, extracted, in_stage, ours, theirs)
        if not ends:
            yield ArtifactCheck(artifact.path, artifact.stage, extracted, in_stage, None, None)


def _landing(snapshot: Snapshot, destination: str, artifact: Artifact) -> str:
    """Where an artifact is in the image: a destination that is a folder may be the place, or be around it."""
    path = rooted(posixpath.join(snapshot.config.get("WorkingDir") or "/", destination))
    nested = posixpath.join(path, posixpath.basename(artifact.workspace_path.rstrip("/")))
    return nested if nested in snapshot.files and nested != path else path
