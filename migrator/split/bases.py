"""Base images that are known by name: what they start with, and which smaller image is their relative.

The tables are shown in docs/how-to/split-a-fat-dockerfile.md; where an engine is at hand it is asked instead of them.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.dockerfile.evaluate import BaseImage

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrator.dockerfile.copy import Copy

# Stands for the working directory of a base that is not known.
UNKNOWN = "/?"
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Where images of these names start. What is not here is not known.
WORKDIRS = {
    **dict.fromkeys(
        ("alpine", "busybox", "debian", "ubuntu", "buildpack-deps", "gcc", "rust", "node", "python", "openjdk"), "/"
    ),
    **dict.fromkeys(("eclipse-temurin", "amazoncorretto", "maven", "fedora", "centos", "rockylinux", "nginx"), "/"),
    "golang": "/go",
    "gradle": "/home/gradle",
}
# Of these, the slim image is made by the same people from the same sources, and its tag follows from the other's.
_SUFFIXED: dict[str, Callable[[str], str]] = {
    "debian": lambda tag: "stable-slim" if tag == "latest" else f"{tag}-slim",
    "node": lambda tag: "slim" if tag == "latest" else f"{tag}-slim",
    "python": lambda tag: "slim" if tag == "latest" else re.sub(r"^([^-]+)(-\w+)?$", r"\1-slim\2", tag),
}
# Toolchains that stand on Debian or Alpine: what is built there runs on the plain system of the same release.
_TOOLCHAINS = frozenset({"golang", "rust", "gcc", "buildpack-deps"})
_PLAIN = frozenset({"alpine", "debian", "ubuntu", "fedora", "centos", "rockylinux"})
# Where their images keep the toolchain itself: a COPY --from of it brings a compiler and nothing else.
_TOOLS = {
    "golang": ("/usr/local/go",),
    "rust": ("/usr/local/cargo", "/usr/local/rustup"),
    "maven": ("/usr/share/maven", "/opt/maven"),
    "gradle": ("/opt/gradle",),
}
# Of these images, the tags that stand on Eclipse Temurin, and its version in them.
_JAVA = {"maven": r"-eclipse-temurin-(\d+)", "gradle": r"(?:^|-)jdk-?(\d+)"}
# Images that serve a folder by themselves: how they start, and which folder that is.
_SERVERS = {
    "nginx": (("nginx", "-g", "daemon off;"), "/usr/share/nginx/html"),
    "httpd": (("httpd-foreground",), "/usr/local/apache2/htdocs"),
}
_DOTNET = "mcr.microsoft.com/dotnet/sdk"
_RELEASES = ("trixie", "bookworm", "bullseye", "buster", "stretch")


@dataclass(frozen=True)
class Release:
    """The system of an image as /etc/os-release has it: `debian` and `bookworm`, `alpine` and `3.20`."""

    system: str
    name: str


def split_name(image: str) -> tuple[str, str]:
    """The repository and the tag of an image; of one by digest the tag is empty."""
    name, at, _ = image.partition("@")
    head, slash, last = name.rpartition("/")
    repository, _, tag = last.partition(":")
    return f"{head}{slash}{repository}", "" if at else tag or "latest"


def base_of(image: str) -> BaseImage:
    """What is known of a base image by its name; of an unknown one the working directory is a mark for that."""
    repository, _ = split_name(image)
    short = repository.removeprefix("docker.io/").removeprefix("library/")
    path = f"/go/bin:/usr/local/go/bin:{_PATH}" if short == "golang" else _PATH
    path = f"/usr/local/cargo/bin:{_PATH}" if short == "rust" else path
    env = {"PATH": path} | ({"GOPATH": "/go"} if short == "golang" else {})
    return BaseImage(env, WORKDIRS.get(short, UNKNOWN))


def server_of(image: str) -> tuple[tuple[str, ...], str] | None:
    """How an image starts that serves a folder by itself, and the folder; None for any other."""
    return _SERVERS.get(split_name(image)[0].removeprefix("docker.io/").removeprefix("library/"))


def is_for_work(image: str) -> bool:
    """Whether an image starts a shell or a prompt by itself, as plain systems and toolchains do."""
    short = split_name(image)[0].removeprefix("docker.io/").removeprefix("library/")
    return short in WORKDIRS and short != "nginx"


def brings_compiler(image: str) -> bool:
    """Whether an image is known for the compiler, or the build tool, that it brings."""
    repository, _ = split_name(image)
    short = repository.removeprefix("docker.io/").removeprefix("library/")
    return repository == _DOTNET or short in _TOOLCHAINS | _TOOLS.keys()


def is_plain(image: str) -> bool:
    """Whether an image is a system as it is installed, without compilers."""
    return split_name(image)[0].removeprefix("docker.io/").removeprefix("library/") in _PLAIN


def is_toolchain(copy: Copy) -> bool:
    """Whether a COPY brings a compiler out of an image that is known for it, and nothing else."""
    if copy.from_ is None or not copy.sources:
        return False
    repository, _ = split_name(copy.from_)
    places = _TOOLS.get(repository.removeprefix("docker.io/").removeprefix("library/"), ())
    return all(posixpath.normpath(f"/{one.text}".replace("//", "/")) in places for one in copy.sources)


def slim_relative(image: str, release: Release | None) -> tuple[str, str] | None:
    """The smaller relative of an image, and the row of the table that says so; None where none is known.

    `release` is what the image itself says of its system, where it was looked at.
    """
    repository, tag = split_name(image)
    short = repository.removeprefix("docker.io/").removeprefix("library/")
    if repository == _DOTNET and re.fullmatch(r"\d+\.\d+(?:-(?!windows|nano)[\w.]+)?", tag):
        target = f"{_DOTNET.removesuffix('sdk')}aspnet:{tag}"
        return target, "the SDK of .NET stands on the runtime of ASP.NET of the same tag"
    if not tag or "/" in short:
        return None
    java = re.search(_JAVA[short], tag) if short in _JAVA else None
    if java is not None and "alpine" not in tag:
        return f"eclipse-temurin:{java[1]}-jre", f"{short} stands on Eclipse Temurin {java[1]}"
    if short in _TOOLCHAINS:
        found = release or _of_tag(tag)
        if found is None:
            return None
        target = f"debian:{found.name}-slim" if found.system == "debian" else f"alpine:{found.name}"
        return target, f"{short} stands on {found.system} {found.name}"
    slim = _SUFFIXED.get(short)
    if slim is None or any(part in tag for part in ("slim", "alpine", "windows", "onbuild", "backports")):
        return None
    return f"{repository}:{slim(tag)}", f"the slim image of {short}"


def _of_tag(tag: str) -> Release | None:
    codename = next((name for name in _RELEASES if re.search(rf"(?:^|-){name}$", tag)), None)
    if codename is not None:
        return Release("debian", codename)
    alpine = re.search(r"(?:^|-)alpine(\d+\.\d+)$", tag)
    return Release("alpine", alpine[1]) if alpine else None
