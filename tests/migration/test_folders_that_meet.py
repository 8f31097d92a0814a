"""Folders out of images that meet on the host: merged as the engine and the tools merge them, or declined."""

from __future__ import annotations

import pytest

from migrator.migration.convert import convert
from migrator.migration.result import Conversion, Converted, Declined
from migrator.project import Project

SCRIPT = """#!/bin/bash
docker build -t b -f Dockerfile.build .
docker create --name xx b
{lines}
docker build -t a .
"""


def conversion(lines: str, made: str, base: str = "alpine") -> Conversion:
    texts = {
        "build.sh": SCRIPT.format(lines=lines),
        "Dockerfile.build": f"FROM {base}\nRUN {made}\n",
        "Dockerfile": "FROM alpine\nCOPY dist /x\n",
        "dist/keep": "",
    }
    return convert(Project.of(texts))


TWICE = "docker cp xx:/one/lib dist/\ndocker cp xx:/two/lib dist/"


def test_two_folders_of_one_name_are_merged() -> None:
    found = conversion(TWICE, "mkdir -p /one/lib /two/lib && make")
    assert isinstance(found, Converted)
    assert "COPY --from=builder --chown=0:0 /one/lib/ /x/lib\n" in found.dockerfile.replace("/x/lib/", "/x/lib")
    assert "COPY --from=builder --chown=0:0 /two/lib/ /x/lib\n" in found.dockerfile.replace("/x/lib/", "/x/lib")


def test_two_things_of_one_name_that_may_be_folders_are_declined() -> None:
    found = conversion(TWICE, "make")
    assert isinstance(found, Declined)
    assert {d.span.line for d in found.diagnostics if d.span is not None} >= {5}


@pytest.mark.parametrize(
    ("made", "converts"),
    [
        ("mkdir -p /one/lib /two/lib && make", True),
        ("mkdir -p /one/lib /two/lib && chmod 775 /one/lib && make", False),
        ("mkdir -p /one/lib /two/lib && make && chmod -R g+w /two", False),
        ("mkdir -p /one/lib /two/lib && chmod 755 /one/lib && chmod u+w /two/lib", True),
        ("umask 002 && mkdir -p /one/lib /two/lib && make", False),
    ],
)
def test_cp_takes_from_a_merged_folder_what_the_umask_takes(made: str, converts: bool) -> None:  # noqa: FBT001
    lines = "docker cp xx:/one/lib lib\ndocker cp xx:/two/lib/. lib\ncp -R lib dist/"
    assert isinstance(conversion(lines, made), Converted if converts else Declined)


@pytest.mark.parametrize(("umask", "converts"), [("022", True), ("002", False), ("027", False), ("077", False)])
def test_tar_makes_folders_on_the_way_with_the_umask(umask: str, converts: bool) -> None:  # noqa: FBT001
    lines = f"umask {umask}\ndocker export xx | tar x -C dist one/lib"
    assert isinstance(conversion(lines, "mkdir -p /one/lib && make"), Converted if converts else Declined)
