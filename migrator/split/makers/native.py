"""Compilers of C and C++, make and its relatives, and Rust's cargo and rustc."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from migrator.split.makers.made import Made, Output, operands

if TYPE_CHECKING:
    from migrator.split.fat import Fat
    from migrator.split.statements import Statement

_COMPILER = re.compile(r"(?:[\w.]+-)*(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+|tcc|musl-gcc)(?:-[\d.]+)?")
_STEPS = frozenset(
    "cmake meson autoreconf autoconf automake aclocal libtoolize autoheader bootstrap autogen.sh bootstrap.sh "
    "configure ar ranlib ld ldd nm objdump readelf file qmake pkg-config bear".split()
)
_VALUED = frozenset("-o -I -L -l -D -U -x -include -isystem -MF -MT -MQ -Xlinker -Xassembler -T -u".split())
_INSTALLS = re.compile(r"install(?:-\w+)*|all-install")


def compiler(statement: Statement, fat: Fat) -> Made | None:  # noqa: ARG001 - one signature for all
    """A C or C++ compiler: what `-o` names, or a.out; with `-c` and the like only a step on the way."""
    if not _COMPILER.fullmatch(statement.program):
        return None
    kind = statement.program
    if any(word in {"-c", "-E", "-S", "-M", "-MM", "-fsyntax-only", "--version", "-v"} for word in statement.operands):
        return Made(f"{kind} -c", "c", statement.span)
    target = statement.option("-o") or next(
        (word[2:] for word in statement.operands if word is not None and re.match(r"-o[^=]", word)), "a.out"
    )
    place = statement.path(target)
    return Made(f"{kind} -o", "c", statement.span, (Output(place),) if place else ())


def make(statement: Statement, fat: Fat) -> Made | None:  # noqa: ARG001 - as above
    """make, ninja and the builds of cmake and meson: whatever they make, in their folder or where they install to."""
    words = [word or "" for word in statement.operands]
    program = statement.program
    if program == "cmake" and "--build" in words:
        folder = statement.path(words[words.index("--build") + 1]) if words[words.index("--build") + 1 :] else None
        goals = ["install"] if "install" in words else []
        return Made("cmake --build", "c", statement.span, _made_in(statement, folder, goals))
    if program == "cmake" and "--install" in words:
        prefix = statement.option("--prefix") or "/usr/local"
        return Made("cmake --install", "c", statement.span, (Output(prefix, folder=True),))
    if program not in {"make", "gmake", "ninja", "bmake"} or not statement.words:
        return None
    moved = statement.option("-C", "--directory")
    folder = statement.path(moved) if moved else statement.folder
    goals = [word for word in words if word and not word.startswith("-") and "=" not in word]
    kind = f"{program} install" if any(_INSTALLS.fullmatch(goal) for goal in goals) else program
    return Made(kind, "c", statement.span, _made_in(statement, folder, goals))


def _made_in(statement: Statement, folder: str | None, goals: list[str]) -> tuple[Output, ...]:
    found = [Output(folder, folder=True)] if folder else []
    if any(_INSTALLS.fullmatch(goal) for goal in goals):
        given = dict(word.split("=", 1) for word in statement.operands if word and "=" in word)
        prefix = given.get("PREFIX") or given.get("prefix") or "/usr/local"
        root = given.get("DESTDIR") or statement.variables.get("DESTDIR") or ""
        found.append(Output(posixpath.normpath(f"{root}/{prefix}".replace("//", "/")), folder=True))
    return tuple(found)


def step(statement: Statement, fat: Fat) -> Made | None:  # noqa: ARG001 - as above
    """What prepares a native build or finishes it: configure, cmake, strip."""
    program = statement.program
    if program in _STEPS:
        return Made(program, "c", statement.span)
    if re.fullmatch(r"(?:[\w.]+-)*(?:strip|objcopy)|upx", program):
        paths = [statement.path(word) for word in operands(statement, _VALUED) if word]
        return Made(program, "c", statement.span, tuple(Output(path) for path in paths if path))
    return None


def rust(statement: Statement, fat: Fat) -> Made | None:  # noqa: ARG001 - as above
    """Cargo and rustc: https://doc.rust-lang.org/cargo/guide/build-cache.html says where cargo puts what it makes."""
    if statement.program == "rustup":
        return Made("rustup", "rust", statement.span)
    if statement.program == "rustc":
        sources = [word for word in statement.operands if word and word.endswith(".rs")]
        name = statement.option("-o") or (posixpath.basename(sources[-1]).removesuffix(".rs") if sources else None)
        place = statement.path(name) if name else None
        return Made("rustc", "rust", statement.span, (Output(place),) if place else ())
    if statement.program != "cargo":
        return None
    verbs = [word for word in statement.operands if word and not word.startswith(("-", "+"))]
    verb = verbs[0] if verbs else ""
    if verb in {"build", "b", "rustc"}:
        return Made("cargo build", "rust", statement.span, (Output(_target(statement), folder=True),))
    if verb == "install":
        home = statement.variables.get("CARGO_HOME") or "/usr/local/cargo"
        root = statement.option("--root") or home
        return Made("cargo install", "rust", statement.span, (Output(f"{root}/bin", folder=True),))
    return Made(f"cargo {verb}".strip(), "rust", statement.span)


def _target(statement: Statement) -> str:
    base = statement.option("--target-dir") or statement.variables.get("CARGO_TARGET_DIR") or "target"
    profile = statement.option("--profile") or (
        "release" if "--release" in statement.words or "-r" in statement.words else "debug"
    )
    profile = {"dev": "debug", "test": "debug", "bench": "release"}.get(profile, profile)
    triple = statement.option("--target") or ""
    return posixpath.normpath(posixpath.join(statement.folder, base, triple, profile))
