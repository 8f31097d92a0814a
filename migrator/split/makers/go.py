"""The go command. https://pkg.go.dev/cmd/go says where build and install put what they make."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from migrator.split.makers.made import Made, Output, operands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.split.fat import Fat
    from migrator.split.statements import Statement

# Options of build and install whose value is the next word; all others are switches or carry `=`.
_VALUED = frozenset(
    f"-{name}"
    for name in (
        "o C p asmflags buildmode compiler covermode coverpkg exec gccgoflags gcflags installsuffix ldflags mod "
        "modfile overlay pgo pkgdir tags toolexec"
    ).split()
)
_MAJOR = re.compile(r"v\d+$")


def go(statement: Statement, fat: Fat) -> Made | None:
    """`go build`, `go install`, and the other commands of go, which are steps on the way."""
    if statement.program != "go" or len(statement.words) < 2:
        return None
    verb = statement.operands[0]
    if verb == "build":
        return Made("go build", "go", statement.span, tuple(_built(statement, fat)))
    if verb in {"install", "get"}:
        return Made(f"go {verb}", "go", statement.span, tuple(_installed(statement, fat)))
    return Made(f"go {verb or ''}".strip(), "go", statement.span)


def _built(statement: Statement, fat: Fat) -> Iterator[Output]:
    folder = _folder(statement)
    packages = operands(statement, _VALUED)[1:]
    target = statement.option("-o", "--o") or _joined_output(statement)
    if target is not None:
        place = posixpath.normpath(posixpath.join(folder, target))
        many = len([one for one in packages if one and not one.endswith(".go")]) > 1 or any(
            one and "..." in one for one in packages
        )
        if target.endswith("/") or target == "." or many:
            yield Output(place, folder=True)
        else:
            yield Output(place)
    elif len(packages) <= 1 or all(one and one.endswith(".go") for one in packages):
        name = _name(fat, folder, packages[0] if packages else ".")
        if name is not None:
            yield Output(posixpath.join(folder, name))


def _joined_output(statement: Statement) -> str | None:
    found = [word for word in statement.operands if word is not None and word.startswith("-o=")]
    return found[-1].removeprefix("-o=") if found else None


def _folder(statement: Statement) -> str:
    moved = statement.option("-C")
    return statement.path(moved) or statement.folder if moved else statement.folder


def _name(fat: Fat, folder: str, package: str | None) -> str | None:
    """The name that go gives to the program of a package; None where it cannot be told."""
    if package is None or "..." in package:
        return None
    package = package.partition("@")[0]
    if package.endswith(".go"):
        return posixpath.basename(package).removesuffix(".go")
    if not package.startswith((".", "/")):  # the path of a package anywhere
        return _last(package)
    place = posixpath.normpath(posixpath.join(folder, package))
    top = place
    while True:
        module = _module(fat, top)
        if module is not None:
            inside = posixpath.relpath(place, top)
            return _last(module if inside == "." else f"{module}/{inside}")
        if top == "/":
            return posixpath.basename(place) or None
        top = posixpath.dirname(top)


def _last(path: str) -> str | None:
    """The last part of an import path that is not a major version."""
    parts = [part for part in path.split("/") if part]
    if len(parts) > 1 and _MAJOR.fullmatch(parts[-1]):
        parts.pop()
    return parts[-1] if parts else None


def _module(fat: Fat, folder: str) -> str | None:
    """What the go.mod of a folder of the image calls the module."""
    source = fat.landed.get(posixpath.join(folder, "go.mod"))
    text = fat.project.text(source) if source is not None else None
    found = re.search(r'^module\s+"?([^\s"]+)', text or "", re.MULTILINE)
    return found[1] if found else None


def _installed(statement: Statement, fat: Fat) -> Iterator[Output]:
    variables = statement.variables
    if variables.get("GOOS") or variables.get("GOARCH"):
        return  # for another system the program goes to a folder with its name
    paths = (variables.get("GOPATH") or f"{variables.get('HOME') or '/root'}/go").split(":")
    target = variables.get("GOBIN") or posixpath.join(paths[0], "bin")
    for package in operands(statement, _VALUED)[1:] or ["."]:
        name = _name(fat, _folder(statement), package)
        yield Output(target, folder=True) if name is None else Output(posixpath.join(target, name))
