#!/usr/bin/env python3
"""Builds the image of the application."""
from plumbum import FG, TF, ProcessExecutionError, local
from plumbum.cmd import cat, docker, rm, test

HERE = local.path(__file__).dirname
BUILDER = "app:build"
build = docker["build"]


def extract(source, target):
    container = docker("create", BUILDER).strip()
    try:
        docker("cp", f"{container}:{source}", target)
    finally:
        docker["rm", container] & FG


def main():
    with local.cwd(HERE), local.env(DOCKER_SCAN_SUGGEST="false"):
        build["-t", BUILDER, "-f", "Dockerfile.build", "."] & FG
        extract("/out/app", "app")
        if not test["-s", "app"] & TF:
            raise SystemExit("nothing came out")
        build["-t", "app", "--label", "kind=small", "."] & FG
        (docker["images", "app"] | cat) & FG
        try:
            docker("image", "rm", BUILDER)
        except ProcessExecutionError:
            print("it is still used")
        rm("-f", "app")


if __name__ == "__main__":
    main()
