"""Scripts and programs of the repository that a script runs: each is read, or what it may build is not passed over."""

from __future__ import annotations

import pytest

from migrator.migration.convert import convert
from migrator.migration.result import Converted, Declined
from migrator.project import Project

FILES = {
    "Dockerfile.build": "FROM alpine\nRUN mkdir /out && echo a > /out/app\n",
    "Dockerfile": "FROM alpine\nCOPY app /\n",
    "Dockerfile.two": "FROM alpine\nCOPY app /two\n",
    "scripts/final.sh": "docker build -t second -f Dockerfile.two .\n",
}
START = "docker build -t b -f Dockerfile.build .\ndocker create --name c b\ndocker cp c:/out/app app\n"
END = "docker build -t app .\n"


def made(script: str, **more: str) -> Converted | Declined:
    """What becomes of a script with more files beside it."""
    result = convert(Project.of({**FILES, **more, "build.sh": script}), "build.sh")
    assert isinstance(result, Converted | Declined), result
    return result


def codes(script: str, **more: str) -> set[str]:
    return {item.code for item in made(script, **more).diagnostics}


@pytest.mark.parametrize(
    "line", ["bash scripts/final.sh", ". scripts/final.sh", "sh ./scripts/final.sh", "source scripts/final.sh"]
)
def test_a_script_behind_a_command_that_is_not_understood_is_read_all_the_same(line: str) -> None:
    result = made(f"{START}{END}something --odd\n{line}\n")
    assert {"MG148", "MG132"} <= {item.code for item in result.diagnostics}  # its build reads what may have changed
    assert isinstance(result, Declined)


def test_a_script_of_a_checkout_that_a_container_had_mounted_is_read() -> None:
    mounted = 'docker run --rm -v "$PWD:/w" -w /w b sh -c "cp /out/app extra"\n'
    result = made(f"{START}{mounted}. scripts/final.sh\n")
    assert isinstance(result, Converted), result.diagnostics
    assert "/two" in result.dockerfile
    assert "MG148" in {item.code for item in result.diagnostics}


def test_a_script_that_the_script_writes_is_read() -> None:
    written = "cat > go.sh <<END\ndocker build -t second -f Dockerfile.two .\nEND\n"
    for line in ("bash go.sh", ". ./go.sh", "chmod +x go.sh && ./go.sh"):
        result = made(f"{START}{written}{line}\n")
        assert isinstance(result, Converted), result.diagnostics
        assert "/two" in result.dockerfile, line


def test_a_script_that_came_out_of_an_image_is_not_taken_for_the_checkout_s() -> None:
    assert "MG148" not in codes(f"{START}docker cp c:/out/final.sh scripts/final.sh\nbash scripts/final.sh\n{END}")


MAKEFILE = "all: test\ntest:\n\ttrue\nimage: deps\n\ttrue\ndeps:\n\tdocker \\\n\t  build -t b .\n"
PACKAGE = '{"scripts": {"image": "docker build -t z .", "lint": "eslint .", "prelint": "true"}}'


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("make image", True),
        ("make -j4 V=1 image", True),
        ("make", False),
        ("make all", False),
        ("make -C sub image", True),
        ("make -f sub/Makefile deps", True),
        ("make absent", False),
        ("npm run image", True),
        ("npm run lint", False),
        ("yarn image", True),
        ("npm ci", False),
        ("python3 tools/release.py --fast", True),
        ("python3 tools/plain.py", False),
        ("python3 -m http.server", False),
        ("./tools/release.py", True),
        ("node tools/absent.js", False),
        ("ruby tools/notes.rb", False),
    ],
)
def test_what_builds_images_unseen_is_not_passed_over(line: str, seen: bool) -> None:  # noqa: FBT001
    more = {
        "Makefile": MAKEFILE,
        "sub/Makefile": MAKEFILE,
        "package.json": PACKAGE,
        "tools/release.py": '#!/usr/bin/env python3\nrun(["docker", "build", "."])\n',
        "tools/plain.py": "print(1)\n",
        "tools/notes.rb": "# docker is not used here, and this is about how to\n# build it\n",
    }
    assert ("MG150" in codes(f"{line}\n{START}{END}", **more)) is seen
