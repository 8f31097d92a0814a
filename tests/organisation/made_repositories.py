"""Repositories made for these tests: checkouts, and bare ones of the same files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dulwich import porcelain

if TYPE_CHECKING:
    from pathlib import Path

BUILD = """#!/bin/sh
set -e
docker build -t app:build -f Dockerfile.build .
docker create --name extract app:build
docker cp extract:/src/app ./app
docker rm -f extract
docker build -t app:latest .
"""
PATTERN = {
    "build.sh": BUILD,
    "Dockerfile.build": "FROM alpine:3.19\nWORKDIR /src\nRUN echo x > app\n",
    "Dockerfile": "FROM alpine:3.19\nCOPY app /app\n",
}
# The build is declined: what curl brings cannot be followed.
DECLINED = {**PATTERN, "build.sh": BUILD.replace("set -e\n", "set -e\ncurl -o app.conf https://example.com/app.conf\n")}
DECLINED["Dockerfile"] += "COPY app.conf /\n"
PLAIN = {"README.md": "docker cp is not used here\n", "main.go": "package main\n"}


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        if name.endswith(".sh"):
            place.chmod(0o755)
    return folder


def checkout(folder: Path, files: dict[str, str]) -> Path:
    write(folder, files)
    porcelain.init(str(folder)).close()
    porcelain.add(str(folder), [str(folder / name) for name in files])
    porcelain.commit(str(folder), message=b"all", author=b"a <a@example.com>", committer=b"a <a@example.com>")
    return folder


def bare(folder: Path, files: dict[str, str], work: Path) -> Path:
    checkout(work, files)
    porcelain.clone(str(work), str(folder), bare=True, errstream=porcelain.NoneStream()).close()
    return folder
