"""The libraries that a program needs, found in an image the way the loader finds them: ld.so(8), and musl's ldso."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.verify.entry import Kind
from migrator.verify.formats.programs import Linkage, linkage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from migrator.split.image import Look

DEFAULT = ("/lib64", "/usr/lib64", "/lib", "/usr/lib")
_MUSL = ("/lib", "/usr/local/lib", "/usr/lib")
_CONFIGURED = "/etc/ld.so.conf"
_DEEPEST = 200


@dataclass(frozen=True)
class Needed:
    """What a program needs: for each library the path at which the loader finds it, and those that it does not find.

    `loader` is the interpreter's path, None for a static program.
    """

    program: str
    linkage: Linkage
    loader: str | None
    libraries: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """Everything that has to be there, loader first."""
        found = [*([self.loader] if self.loader else []), *(path for _, path in self.libraries)]
        return tuple(dict.fromkeys(found))


def needed(look: Look, program: str) -> Needed | None:
    """What a program of an image needs, and what its libraries need; None for what is no ELF file."""
    own = linkage(look.read(program).get(program, b""))
    if own is None:
        return None
    loader = own.interpreter
    missing = [loader] if loader and look.file(loader) is None else []
    musl = bool(loader) and "ld-musl" in (loader or "")
    found: dict[str, str] = {}
    pending: list[tuple[str, Linkage, tuple[str, ...]]] = [(program, own, ())]
    while pending and len(found) < _DEEPEST:
        path, link, inherited = pending.pop(0)
        folders = _folders(look, path, link, inherited, musl=musl)
        handed = (*_searched(path, link), *inherited) if link.inherited else inherited
        for name in link.needed:
            if name in found or (musl and name.startswith("libc.musl-")):
                continue
            place, of = _find(look, name, folders, own.machine)
            if place is None or of is None:
                missing.append(name)
                found[name] = ""
                continue
            found[name] = place
            pending.append((place, of, handed))
    # The loader is there already when a library asks for it by its name.
    own_name = look.real(loader) if loader else None
    libraries = tuple((name, place) for name, place in found.items() if place and look.real(place) != own_name)
    return Needed(program, own, loader, libraries, tuple(dict.fromkeys(missing)))


def _find(look: Look, name: str, folders: Iterable[str], machine: str) -> tuple[str | None, Linkage | None]:
    places = [name] if "/" in name else [posixpath.join(folder, name) for folder in folders]
    for place in places:
        if look.file(place) is not None:
            found = linkage(look.read(place).get(place, b""))
            if found is not None and found.machine == machine:
                return place, found
    return None, None


def _searched(path: str, link: Linkage) -> tuple[str, ...]:
    """The folders of RPATH or RUNPATH, with $ORIGIN as the folder of the file."""
    here = posixpath.dirname(path)
    return tuple(posixpath.normpath(re.sub(r"\$(?:ORIGIN|\{ORIGIN\})", here, one)) for one in link.search)


def _folders(look: Look, path: str, link: Linkage, inherited: tuple[str, ...], *, musl: bool) -> list[str]:
    given = [one for one in look.env.get("LD_LIBRARY_PATH", "").split(":") if one]
    own = list(_searched(path, link))
    ahead = [*own, *inherited, *given] if link.inherited else [*inherited, *given, *own]
    if musl:
        return [*ahead, *(_musl_path(look) or _MUSL)]
    return [*ahead, *_configured(look, _CONFIGURED, 0), *multiarch(link.machine), *DEFAULT]


def multiarch(machine: str) -> tuple[str, ...]:
    """Where Debian's loader looks by itself, besides the folders that every loader has."""
    triple = {"x64 64": "x86_64-linux-gnu", "AArch64 64": "aarch64-linux-gnu", "x86 32": "i386-linux-gnu"}.get(machine)
    return (f"/lib/{triple}", f"/usr/lib/{triple}") if triple else ()


def _musl_path(look: Look) -> tuple[str, ...]:
    names = [path for path in look.files if re.fullmatch(r"/etc/ld-musl-[\w.-]+\.path", path)]
    text = next(iter(look.read(*names).values()), b"").decode("utf-8", "replace")
    return tuple(one for one in re.split(r"[:\n]+", text) if one)


def _configured(look: Look, path: str, depth: int) -> Iterator[str]:
    """The folders of ld.so.conf, in order, with the files that it includes."""
    text = look.read(path).get(path, b"").decode("utf-8", "replace") if depth < 8 else ""
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if words[:1] == ["include"]:
            for pattern in words[1:]:
                whole = posixpath.join(posixpath.dirname(path), pattern)
                expression = re.compile(re.escape(whole).replace(r"\*", "[^/]*"))
                for name in sorted(one for one in look.files if expression.fullmatch(one)):
                    if look.files[name].kind is not Kind.FOLDER:
                        yield from _configured(look, name, depth + 1)
        else:
            yield from (word.rstrip("/") for word in words if word.startswith("/"))
