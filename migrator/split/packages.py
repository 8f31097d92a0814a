"""Installations of packages: which of them only a build needs, and which the running image keeps.

A package that is in no table is kept: leaving one out that is needed is worse than keeping one that is not. The tables
are shown in docs/how-to/split-a-fat-dockerfile.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migrator.split.statements import Statement

# Compilers, build tools, headers and what fetches sources.
BUILD_ONLY = frozenset(
    "build-essential build-base gcc g++ cpp clang llvm lld make gmake cmake ninja ninja-build "
    "ninja-is-really-ninja meson autoconf automake autotools-dev libtool libtool-bin m4 bison flex gettext-dev "
    "pkg-config pkgconf pkgconfig binutils patch musl-dev libc-dev libc6-dev linux-headers glibc-devel gcc-c++ "
    "golang golang-go go rust rustc cargo rustup maven gradle ant git git-core mercurial subversion bzr "
    "dpkg-dev fakeroot devscripts debhelper nasm yasm swig protobuf-compiler protoc ccache gdb valgrind upx "
    "upx-ucl elfutils-dev musl-tools gcc-multilib g++-multilib".split()
)
_BUILD_PATTERN = re.compile(
    r"(?:lib[\w.+-]+|[\w.+-]+)-(?:dev|devel|headers)|(?:gcc|g\+\+|clang|llvm|golang)-[\d.]+(?:-go)?|golang-[\w.-]+"
)
# Of these, the ones that bring libraries; those of the C library itself, of kernels and of interpreters bring no more
# than every base of their kind has.
_LIBRARIES = re.compile(
    r"(?!(?:lib)?(?:python|ruby|perl|lua|php|musl|glib?c|c6|c|stdc)[\d.+-]*-?dev)[\w.+-]+-(?:dev|devel)"
)
# What makes the pages of a site, which a web server then only hands out.
_SITES = frozenset(("nodejs", "npm", "yarn", "yarnpkg", "node-gyp", "hugo", "jekyll"))
CERTIFICATES = "ca-certificates"
ZONES = "tzdata"

_INSTALL = {
    "apt-get": ("install",),
    "apt": ("install",),
    "aptitude": ("install",),
    "apk": ("add",),
    "dnf": ("install",),
    "microdnf": ("install",),
    "yum": ("install",),
}
_TIDY = {
    "apt-get": ("update", "clean", "autoclean", "autoremove", "purge", "remove"),
    "apt": ("update", "clean", "autoclean", "autoremove", "purge", "remove"),
    "apk": ("update", "del"),
    "dnf": ("clean", "makecache", "remove", "autoremove"),
    "microdnf": ("clean", "remove"),
    "yum": ("clean", "makecache", "remove", "autoremove"),
}
_VALUED = frozenset(
    "-t --target-release --default-release -o --option -c --config-file --virtual -X --repository --root --installroot "
    "--releasever --setopt --enablerepo --disablerepo".split()
)
_LISTS = re.compile(r"/var/(?:lib/apt/lists|cache)(?:/.*)?|/tmp/\*|/var/tmp/\*")


class Use(Enum):
    """What an installation is for."""

    BUILD = auto()
    BOTH = auto()
    RUNTIME = auto()


@dataclass(frozen=True)
class Installation:
    """One install statement: its packages for the build, those that stay, and its text without the former."""

    build: tuple[str, ...]
    runtime: tuple[str, ...]
    runtime_text: str

    @property
    def use(self) -> Use:
        """What it is for."""
        if not self.build:
            return Use.RUNTIME
        return Use.BOTH if self.runtime else Use.BUILD


def manager(statement: Statement) -> str | None:
    """The package manager that a statement calls, or None."""
    return statement.program if statement.program in _INSTALL else None


def is_build_only(package: str) -> bool:
    """Whether a package is in the table of those that only a build needs; a version behind it does not matter."""
    name = re.split(r"[=<>~:]", package)[0]
    return name in BUILD_ONLY or _BUILD_PATTERN.fullmatch(name) is not None


def brings_libraries(package: str) -> bool:
    """Whether a package for the build has the libraries with it that what is built loads: `libpq-dev` has libpq5."""
    name = re.split(r"[=<>~:]", package)[0]
    return name not in BUILD_ONLY and _LIBRARIES.fullmatch(name) is not None


def installation(statement: Statement, *, libraries: bool = False, site: bool = False) -> Installation | None:
    """What a statement installs; None where it installs nothing, or what cannot be read.

    With `libraries` the packages that bring libraries count as ones of the running image, too; with `site` the image
    only hands out pages, so what makes them is for the build.
    """
    verbs = _INSTALL.get(statement.program, ())
    verb = next((word for word in statement.operands if word is not None and not word.startswith("-")), None)
    if verb not in verbs or None in statement.words or statement.writes:
        return None
    names = _names(statement, verb or "")
    build = tuple(
        name
        for name in names
        if (is_build_only(name) or (site and name in _SITES)) and not (libraries and brings_libraries(name))
    )
    runtime = tuple(name for name in names if name not in build)
    if any(name.endswith(".deb") or "/" in name for name in build):
        return None
    return Installation(build, runtime, _without(statement.text, build))


def _names(statement: Statement, verb: str) -> list[str]:
    found: list[str] = []
    words = iter(statement.operands)
    seen = False
    for word in words:
        if word in _VALUED or (word == "-t" and statement.program == "apk"):
            next(words, None)
        elif word is None or word.startswith("-"):
            continue
        elif not seen:
            seen = word == verb
        else:
            found.append(word)
    return found


def _without(text: str, names: tuple[str, ...]) -> str:
    """The text of a statement without words, each with the blanks and the line end in front of it."""
    for name in names:
        text = re.sub(rf"(?:\s|\\\r?\n|#[^\n]*\n)+{re.escape(name)}(?=\s|$)", "", text, count=1)
    return text


def is_removal(statement: Statement) -> bool:
    """Whether a statement takes packages away again, which the last stage never had."""
    verb = next((word for word in statement.operands if word is not None and not word.startswith("-")), None)
    return verb in {"purge", "remove", "del", "autoremove"} and is_housekeeping(statement)


def is_housekeeping(statement: Statement) -> bool:
    """Whether a statement only keeps the package manager in order: lists, caches, packages that go again."""
    verb = next((word for word in statement.operands if word is not None and not word.startswith("-")), None)
    if verb is not None and verb in _TIDY.get(statement.program, ()):
        return verb not in {"purge", "remove", "del"} or all(
            word is not None and (word.startswith(("-", ".")) or word == verb or is_build_only(word))
            for word in statement.operands
        )
    if statement.program != "rm":
        return False
    paths = [word for word in statement.operands if word is None or not word.startswith("-")]
    return bool(paths) and all(path is not None and _LISTS.fullmatch(path) for path in paths)
