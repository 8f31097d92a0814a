"""Docker's words on images, done with buildah."""

from __future__ import annotations

import fnmatch
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from migrator.dockercli.names import split_tag
from migrator.engine import process
from migrator.engine.buildah.refusals import IDLE
from migrator.engine.buildah.store import LOCAL, RefusedError, WordError, complaint, say
from migrator.engine.buildah.templates import rendered

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from migrator.dockercli.parse import Call
    from migrator.engine.buildah.store import Held, Tool

_SHORT = 12
_UNKNOWN = (b"unknown flag", b"unknown shorthand flag", b"invalid argument")


def build(buildah: Tool, call: Call) -> int:
    """`docker build`: an image of every step, a base only fetched where it is missing, as docker does."""
    words = ["build", "--layers", "--force-rm", "--pull=missing"]
    # Told to write the id of the image to a file, buildah does not say those of the steps.
    given = (option for option in call.options if option.name not in {*IDLE, "iidfile"})
    words += [f"--{one.name}" if one.value is None else f"--{one.name}={one.value}" for one in given]
    report = _Report(quiet=call.has("quiet"))
    argv = [buildah.program, *words, "--", *call.operands]
    with process.heard_to_the_end():
        how = process.How(
            env=buildah.environment, inherit_stdin=True, own_group=False, on_output=_pass_on, on_error=report
        )
        done = process.run(argv, how)
        report.flush()
    if done.code and report.unknown:
        raise RefusedError(f"an option of this build ({report.unknown})")
    if done.code == 0 and (path := call.value("iidfile")):
        Path(path).write_text(f"sha256:{done.text.splitlines()[-1]}", encoding="ascii")
    return done.code


def _pass_on(block: bytes) -> None:
    sys.stdout.buffer.write(block)
    sys.stdout.buffer.flush()


class _Report:
    """Puts what a build reports of its steps on the standard output, as the classic builder and podman do.

    buildah writes it to its standard error. What it says of a failure stays there.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._quiet, self._rest, self._begun, self.unknown = quiet, b"", False, ""

    def __call__(self, block: bytes) -> None:
        *lines, self._rest = (self._rest + block).split(b"\n")
        for line in lines:
            self._tell(line + b"\n")

    def flush(self) -> None:
        if self._rest:
            self._tell(self._rest)

    def _tell(self, line: bytes) -> None:
        self._begun = self._begun or line.startswith(b"STEP ")
        if not self._begun and any(text in line for text in _UNKNOWN):
            self.unknown = line.decode("utf-8", "replace").strip()
        is_error = self._quiet or line.lower().startswith(b"error") or b"level=error" in line
        stream = sys.stderr.buffer if is_error else sys.stdout.buffer
        stream.write(line)
        stream.flush()


def inspected(buildah: Tool, name: str) -> Mapping[str, Any] | None:
    """What `docker image inspect` says of an image; None when there is none of that name."""
    found = buildah.described(name)
    if found is None:
        return None
    own = found["FromImageID"]
    config = found["Docker"]
    names = next((one.names for one in buildah.images() if one.id == own), ())
    return {
        "Id": f"sha256:{own}",
        "RepoTags": [one for one in names if "@" not in one],
        "RepoDigests": [one for one in names if "@" in one],
        "Created": config.get("created", ""),
        "Author": config.get("author", ""),
        "Architecture": config.get("architecture", ""),
        "Os": config.get("os", ""),
        "Config": dict(config.get("config") or {}),
        "RootFS": {"Type": "layers", "Layers": list(config["rootfs"]["diff_ids"] or ())},
        **_on_disk(buildah, own),
    }


def _on_disk(buildah: Tool, own: str) -> Mapping[str, Any]:
    """The size of an image, and the folders of its layers, the highest apart: as `podman image inspect` has them."""
    layers = list(buildah.layers(buildah.top_layer(own)))
    place = buildah.storage / buildah.driver
    folders = [str(place / one["id"] / "diff") for one in layers]
    data = {"UpperDir": folders[0], "LowerDir": ":".join(folders[1:])} if folders else {}
    size = sum(int(one.get("diff-size") or 0) for one in layers)
    return {"Size": size, "GraphDriver": {"Name": buildah.driver, "Data": data}}


def print_inspected(found: list[Mapping[str, Any]], template: str | None) -> None:
    """What was found, as JSON or as a template says."""
    if template in {None, "json"}:
        say(json.dumps(found, indent=4))
        return
    for one in found:
        say(rendered(template or "", one))


def listing(buildah: Tool, call: Call) -> int:
    """`docker images`."""
    found = [
        (held, repository, tag)
        for held in buildah.images()
        for repository, tag in _named(held, everything=call.has("all"))
        if _is_asked(call, repository, tag)
    ]
    if call.has("quiet"):
        ids = dict.fromkeys(_id(call, held) for held, _, _ in found)
        for one in ids:
            say(one)
        return 0
    template = call.value("format")
    if template is None or template.startswith("table"):
        if template is not None:
            raise RefusedError(f"the format {template!r}")
        say("REPOSITORY   TAG   IMAGE ID   SIZE")
        template = "{{.Repository}}   {{.Tag}}   {{.ID}}   {{.Size}}"
    for held, repository, tag in found:
        size = held.size
        say(rendered(template, {"Repository": repository, "Tag": tag, "ID": _id(call, held), "Size": size}))
    return 0


def _id(call: Call, held: Held) -> str:
    return f"sha256:{held.id}" if call.has("no-trunc") else held.id[:_SHORT]


def _named(held: Held, *, everything: bool) -> Iterator[tuple[str, str]]:
    names = [name for name in held.names if "@" not in name]
    yield from map(split_tag, names)
    if not names and everything:
        yield "<none>", "<none>"


def _is_asked(call: Call, repository: str, tag: str) -> bool:
    filters = call.values("filter")
    if any(not one.startswith("reference=") for one in filters):
        raise RefusedError("`images --filter` of this kind")
    wanted = [one.partition("=")[2] for one in filters]
    if wanted and not any(_is_like(repository, tag, pattern) for pattern in wanted):
        return False
    return not call.operands or _is_like(repository, tag, call.operands[0])


def _is_like(repository: str, tag: str, pattern: str) -> bool:
    """Whether a name is one of a pattern's, with or without what stands in front of it; `*` ends at a slash."""
    wanted, wanted_tag = split_tag(pattern)
    if wanted_tag and not fnmatch.fnmatchcase(tag, wanted_tag):
        return False
    names = {repository, *(repository.removeprefix(one) for one in (LOCAL, "docker.io/library/", "docker.io/"))}
    return any(
        len(name.split("/")) == len(wanted.split("/"))
        and all(map(fnmatch.fnmatchcase, name.split("/"), wanted.split("/")))
        for name in names
    )


def tag(buildah: Tool, call: Call) -> int:
    """`docker tag SOURCE NAME`."""
    if len(call.operands) != 2:
        raise WordError('"docker tag" requires exactly 2 arguments.')
    source, name = call.operands
    _known(buildah, source)
    buildah.must("tag", source.removeprefix("sha256:"), name)
    return 0


def _known(buildah: Tool, name: str) -> str:
    found = buildah.described(name)
    if found is None:
        raise WordError(f"Error response from daemon: No such image: {name}")
    return str(found["FromImageID"])


def remove(buildah: Tool, call: Call) -> int:
    """`docker rmi`."""
    code = 0
    for name in call.operands:
        words = ["rmi", *(["-f"] if call.has("force") else []), name.removeprefix("sha256:")]
        try:
            for line in _removed(buildah, name, words).splitlines():
                say(line.replace("untagged: ", "Untagged: ") if ":" in line else f"Deleted: sha256:{line}")
        except WordError as error:
            say(error.message, error=True)
            code = error.code
    return code


def _removed(buildah: Tool, name: str, words: list[str]) -> str:
    _known(buildah, name)
    done = buildah.ask(*words)
    if not done.ok and buildah.described(name) is not None:
        raise WordError(f"Error response from daemon: conflict: {complaint(done)}")
    return done.text


def save(buildah: Tool, call: Call) -> int:
    """`docker save`: an archive on the standard output, or in a file."""
    name = call.operands[0] if call.operands else ""
    own = _known(buildah, name)
    words = [buildah.program, "push", "-q", own, "docker-archive:/dev/stdout"]
    names = next((one.names for one in buildah.images() if one.id == own), ())
    wanted = [one for one in names if _is_like(*split_tag(one), name if split_tag(name)[1] else f"{name}:latest")]
    if wanted and not own.startswith(name.removeprefix("sha256:")):
        words[-1] += f":{wanted[0]}"
    path = call.value("output")
    target = open(path, "wb") if path else sys.stdout.buffer  # noqa: PTH123, SIM115 - the stream is closed below
    try:
        with process.stream(words, buildah.environment) as opened:
            while block := opened.stdout.read(process.BLOCK):
                target.write(block)
        target.flush()
    finally:
        if path:
            target.close()
    if opened.code:
        raise WordError(opened.complaint or "save failed")
    return 0


def load(buildah: Tool, call: Call) -> int:
    """`docker load`, from a file or the standard input."""
    path = call.value("input")
    with tempfile.TemporaryDirectory() as folder:
        if not path:
            path = str(Path(folder) / "archive")
            with open(path, "wb") as target:  # noqa: PTH123 - as above
                while block := sys.stdin.buffer.read(process.BLOCK):
                    target.write(block)
        before = {name: one.id for one in buildah.images() for name in one.names}
        buildah.must("pull", "-q", f"docker-archive:{os.path.abspath(path)}")  # noqa: PTH100 - text
        for one in buildah.images():
            for name in one.names:
                if before.get(name) != one.id:
                    say(f"Loaded image: {name.removeprefix(LOCAL)}")
    return 0


def pull(buildah: Tool, call: Call) -> int:
    """`docker pull NAME`."""
    if call.has("platform"):
        raise RefusedError("`pull --platform`")
    for name in call.operands:
        done = buildah.ask("pull", "-q", name)
        if not done.ok:
            raise WordError(complaint(done))
        say(name)
    return 0
