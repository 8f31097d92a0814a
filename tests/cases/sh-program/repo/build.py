#!/usr/bin/env python3
"""Builds the image of the application."""
from pathlib import Path

import sh
from sh import docker

BUILDER = "app:build"
build = docker.build.bake(".", _cwd=Path(__file__).parent)


def extract(source, target):
    container = docker.create(BUILDER).strip()
    try:
        docker.cp(f"{container}:{source}", target)
    finally:
        docker.rm(container)


def main():
    build(t=BUILDER, f="Dockerfile.build")
    extract("/out/app", "app")
    try:
        sh.test("-s", "app")
    except sh.ErrorReturnCode:
        raise SystemExit("nothing came out")
    build(t="app", label="kind=small", no_cache=False, _fg=True)
    sh.rm("app", f=True)


if __name__ == "__main__":
    main()
