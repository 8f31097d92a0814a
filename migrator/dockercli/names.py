"""Names on a docker command line: of images, of paths in containers, of what is mounted where."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_FALSE = frozenset({"0", "f", "false"})
_DIGEST = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}")
_HUB = ("docker.io/", "index.docker.io/", "registry-1.docker.io/")


def normal_image(name: str) -> str:
    """The one spelling of an image's name: `x`, `x:latest`, `docker.io/library/x` are all `x:latest`.

    Follows https://github.com/distribution/reference: the first part is a registry when it holds a dot or a colon,
    or is `localhost`; a missing tag is `latest`; beside a digest the tag does not count. A registry's case does not
    matter; a repository in capitals is no name at all and is left as it is.
    """
    name, at, digest = name.partition("@")
    repository, tag = split_tag(name)
    for prefix in _HUB:
        if repository.lower().startswith(prefix):
            repository = repository[len(prefix) :]
            break
    repository = repository.removeprefix("library/")
    registry, slash, rest = repository.partition("/")
    if slash and _is_registry(registry):
        repository = f"{registry.lower()}/{rest}"
    return f"{repository}@{digest}" if at else f"{repository}:{tag or 'latest'}"


def split_tag(name: str) -> tuple[str, str]:
    """(repository, tag) of a name without digest; the tag is empty when there is none: a registry's port is not one."""
    repository, colon, tag = name.rpartition(":")
    return (name, "") if not colon or "/" in tag else (repository, tag)


def same_image(one: str, other: str) -> bool:
    """Whether two names mean the same image."""
    return normal_image(one) == normal_image(other)


def is_image_id(name: str) -> bool:
    """Whether a name is an id in full, with or without `sha256:`, and so stands for itself."""
    return re.fullmatch(r"(?:sha256:)?[0-9a-f]{64}", name) is not None


def has_digest(name: str) -> bool:
    """Whether a name is pinned by a digest."""
    _, at, digest = name.partition("@")
    return bool(at) and _DIGEST.fullmatch(digest) is not None


def _is_registry(part: str) -> bool:
    return "." in part or ":" in part or part == "localhost" or part != part.lower()


def built_names(tags: Sequence[str], outputs: Sequence[str]) -> tuple[str, ...]:
    """The names that a build gives to its image, by its values of `--tag` and `--output`.

    As buildx does: an output that is an image of the engine gives the names that it says (`type=docker,name=app`;
    several in quotes) where there is no tag.
    """
    found = list(tags)
    for value in () if tags else outputs:
        pairs = dict(field.partition("=")[::2] for field in next(csv.reader([value]), []))
        if pairs.get("type") in {"image", "docker", "registry"} and "dest" not in pairs:
            found += [name for name in pairs.get("name", "").split(",") if name]
    return tuple(found)


@dataclass(frozen=True)
class CopyEnd:
    """One end of a `docker cp`: a path in a container, a path of the host, or a stream (`-`)."""

    container: str | None
    path: str

    @property
    def is_stream(self) -> bool:
        """Whether it is standard input or output, which carries a tar archive."""
        return self.container is None and self.path == "-"


def copy_end(word: str) -> CopyEnd:
    """What an operand of `docker cp` means.

    A container's name ends at the first colon and holds no `/`; a path that is absolute or begins with a dot is the
    host's, whatever colons it holds. Read from splitCpArg in docker/cli, cli/command/container/cp.go.
    """
    if word.startswith(("/", ".")):
        return CopyEnd(None, word)
    container, colon, path = word.partition(":")
    if not colon or "/" in container:
        return CopyEnd(None, word)
    return CopyEnd(container, path)


class MountKind(StrEnum):
    """What is mounted."""

    BIND = "bind"
    VOLUME = "volume"
    TMPFS = "tmpfs"
    OTHER = "other"


@dataclass(frozen=True)
class Mount:
    """One mount of a container: `source` is a host path or a volume's name, empty for an anonymous one."""

    kind: MountKind
    source: str
    target: str
    readonly: bool = False


def volume(spec: str) -> Mount:
    """What `-v SPEC` mounts: `/a:/b` and `./a:/b` are binds, `name:/b` is a volume, `/b` alone is anonymous."""
    drive = re.match(r"[A-Za-z]:[\\/]", spec)
    head = drive.end() if drive else 0
    first, *rest = spec[head:].split(":")
    source = spec[:head] + first
    if not rest:
        return Mount(MountKind.VOLUME, "", source)
    modes = rest[1].split(",") if len(rest) > 1 else []
    is_path = bool(drive) or "/" in source or source.startswith((".", "~")) or source[:1] >= "\U00100000"
    return Mount(MountKind.BIND if is_path else MountKind.VOLUME, source, rest[0], "ro" in modes)


def mount(spec: str) -> Mount:
    """What `--mount SPEC` mounts: comma-separated `key=value` pairs; without a type it is a volume."""
    fields: dict[str, str] = {}
    for field in next(csv.reader([spec]), []):
        key, equals, value = field.partition("=")
        fields[key.strip().lower()] = value if equals else "true"
    kind = fields.get("type", "volume").lower()
    source = fields.get("source", fields.get("src", ""))
    target = fields.get("target", fields.get("dst", fields.get("destination", "")))
    readonly = fields.get("readonly", fields.get("ro", "false")).lower() not in _FALSE
    known = kind if kind in {"bind", "volume", "tmpfs"} else "other"
    return Mount(MountKind(known), source, target, readonly)
