"""Images of a script: those that it makes get private names, those that it only uses are left alone."""

from __future__ import annotations

import json
import shutil
import sys
import tarfile
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.verify.recorder import containers
from migrator.verify.recorder.session import is_id

if TYPE_CHECKING:
    from migrator.verify.recorder.call import Call
    from migrator.verify.recorder.line import Line


def facts(call: Call, name: str) -> dict[str, object] | None:
    """Id, size, layers and tags of an image; None when there is no such image."""
    done = call.ask("image", "inspect", name)
    if not done.ok:
        return None
    (found,) = json.loads(done.stdout)
    layers = (found.get("RootFS") or {}).get("Layers") or []
    return {"id": found["Id"], "size": found["Size"], "layers": len(layers), "tags": found.get("RepoTags") or []}


def all_ids(call: Call) -> frozenset[str]:
    """The ids of all images that are there, without what some engines put in front of them."""
    listed = call.ask("images", "-aq", "--no-trunc").text.split()
    return frozenset(name.removeprefix("sha256:") for name in listed)


def made(call: Call, name: str) -> None:
    """Write down that the script made an image of that name."""
    call.session.mark_made(name)
    call.tags.append(name)


def tag(call: Call, line: Line) -> None:
    """`docker tag SOURCE NAME`."""
    if len(line.operands) != 2:
        call.pass_restored(line.argv)
        return
    source, name = line.operands
    call.pass_restored(line.with_operands([call.session.image(source), call.session.private_image(name)]).argv)
    if not call.exit:
        made(call, name)
        call.image = facts(call, call.session.private_image(name))


def commit(call: Call, line: Line) -> None:
    """`docker commit CONTAINER [NAME]`."""
    container, *names = line.operands or ("",)
    privates = [call.session.private_image(name) for name in names]
    done = call.pass_restored(line.with_operands([containers.resolve(call, container), *privates]).argv)
    if not call.exit:
        for name in names:
            made(call, name)
        call.image = facts(call, done.text.strip())


def import_archive(call: Call, line: Line) -> None:
    """`docker import FILE|- [NAME]`."""
    source, *names = line.operands or ("",)
    call.stdin = source == "-"
    done = call.pass_restored(line.with_operands([source, *(call.session.private_image(name) for name in names)]).argv)
    if not call.exit:
        for name in names:
            made(call, name)
        call.image = facts(call, done.text.strip())


def remove(call: Call, line: Line) -> None:
    """`docker rmi`: an image that this run did not make, or that has a name of the user's too, stays."""
    wanted: list[str] = []
    for operand in line.operands:
        name = call.session.image(operand)
        if call.session.is_private(name):
            wanted.append(name)
            continue
        found = facts(call, name)
        if found is None:
            wanted.append(name)  # the client says that there is no such image
            continue
        tags = found["tags"] if isinstance(found["tags"], list) else []
        privates = [str(one) for one in tags if call.session.is_private(str(one))]
        if is_id(operand) and len(privates) == len(tags) and str(found["id"]) in _made_ids(call):
            wanted.append(name)
        elif privates and is_id(operand):
            wanted += privates
        else:
            call.refused = True
            sys.stdout.write(f"Untagged: {operand}\n")
    if wanted:
        call.pass_restored(line.with_operands(wanted).argv)


def _made_ids(call: Call) -> set[str]:
    if not call.session.log.exists():
        return set()
    entries = map(json.loads, call.session.log.read_text(encoding="ascii").splitlines())
    return {entry["image"]["id"] for entry in entries if entry.get("image")}


def listing(call: Call, line: Line) -> None:
    """`docker images`: only what this run made."""
    if line.operands:
        changed = line.with_operands([call.session.image(line.operands[0])])
        changed = _without_tag(changed) if ":" not in line.operands[0].rpartition("/")[2] else changed
    else:
        changed = line.with_option("filter", f"reference={call.session.repository}*")
        changed = changed.with_option("filter", f"reference={call.session.repository}*/*")
        changed = changed.with_option("filter", f"reference={call.session.repository}*/*/*")
    references = [value for value in line.values("filter") if value.startswith("reference=")]
    if references:
        others = tuple(option for option in line.options if option.name != "filter" or option.value not in references)
        changed = replace(line, options=others)
        for value in references:
            changed = changed.with_option("filter", f"reference={call.session.repository}{value.partition('=')[2]}")
    call.pass_restored(changed.argv)


def _without_tag(line: Line) -> Line:
    name = line.operands[0]
    return line.with_operands([name.removesuffix(":latest")])


def prune(call: Call, line: Line) -> None:
    """`docker image prune`: with `-a` the images of this run that no container uses; else nothing that a name holds."""
    if line.has("all"):
        listed = call.ask("images", "--format", "{{.Repository}}:{{.Tag}}").text.splitlines()
        privates = [name for name in listed if call.session.is_private(name) and "<none>" not in name]
        if privates:
            call.ask("rmi", *privates)


def inspect(call: Call, line: Line) -> None:
    """`docker inspect` and `docker image inspect`: containers and images of this run, and images that are only used."""
    kind = line.group or line.value("type")
    names, all_images = [], kind in {None, ""}
    for operand in line.operands:
        # As the client does where the kind is not said: a container before an image.
        is_image = kind == "image" or (
            kind != "container"
            and not containers.ours_named(call, operand)
            and facts(call, call.session.image(operand)) is not None
        )
        names.append(call.session.image(operand) if is_image else containers.resolve(call, operand))
        all_images = all_images and is_image
    # A container of the user's may have the name of an image.
    changed = line.with_option("type", "image") if all_images and names else line
    call.pass_restored(changed.with_operands(names).argv)


def first_operand(call: Call, line: Line) -> None:
    """A command on one image."""
    call.pass_restored(line.with_operands([call.session.image(name) for name in line.operands]).argv)


def save(call: Call, line: Line) -> None:
    """`docker save`, whose output is an archive."""
    call.pass_through(line.with_operands([call.session.image(name) for name in line.operands]).argv)


def load(call: Call, line: Line) -> None:
    """`docker load`: an archive whose names are not all of this run would put its images over the user's."""
    path = line.value("input")
    with tempfile.TemporaryDirectory(dir=call.session.folder) as folder:
        archive = Path(path) if path else Path(folder) / "archive"
        if not path:
            call.stdin = True
            with archive.open("wb") as target:
                shutil.copyfileobj(sys.stdin.buffer, target)
        names = _archive_names(archive)
        if names is None or not all(call.session.is_private(name) for name in names):
            call.fail("migrator: an archive with images of other runs is not loaded while verifying")
            return
        call.pass_restored(line.without("input").argv, stdin=archive)


def _archive_names(archive: Path) -> list[str] | None:
    try:
        with tarfile.open(archive) as opened:
            manifest = opened.extractfile("manifest.json")
            entries = json.load(manifest) if manifest else []
    except (OSError, KeyError, ValueError, tarfile.TarError):
        return None
    return [name for entry in entries for name in entry.get("RepoTags") or ()]


def pull(call: Call, line: Line) -> None:
    """`docker pull`: only what is missing; an image that this run makes is not replaced by one from elsewhere."""
    name = line.operands[0] if line.operands else ""
    private = call.session.image(name) if name else ""
    if name and call.session.is_private(private):
        call.refused = True
        if facts(call, private) is None:
            call.fail(f"migrator: {name} is what the script builds; it is not pulled while verifying")
    elif name and facts(call, private) is not None:
        call.refused = True
        sys.stdout.write(f"{name}\n" if line.has("quiet") else f"Status: Image is up to date for {name}\n")
    else:
        call.pass_restored(line.argv)
