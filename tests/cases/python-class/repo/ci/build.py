#!/usr/bin/env python3
"""Build the image of the app."""
import argparse
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class BuildError(RuntimeError):
    """A step that failed."""


@dataclass(frozen=True)
class Image:
    name: str
    dockerfile: str = "Dockerfile"
    tags: list = field(default_factory=lambda: ["latest"])

    def tagged(self, tag):
        return f"{self.name}:{tag}"


class Docker:
    program = "docker"

    def __init__(self, root, verbose=False):
        self.root = root
        self.verbose = verbose

    def __call__(self, *words, capture=False):
        if self.verbose:
            print("+", self.program, *words)
        try:
            done = subprocess.run([self.program, *words], cwd=self.root, check=True, capture_output=capture, text=True)
        except subprocess.CalledProcessError as error:
            raise BuildError(f"{words[0]} failed with {error.returncode}") from error
        return done.stdout.strip() if capture else None


class Container:
    """A container that is removed in the end."""

    def __init__(self, docker, image):
        self.docker = docker
        self.image = image

    def __enter__(self):
        self.id = self.docker("create", self.image, capture=True)
        return self

    def __exit__(self, *_):
        self.docker("rm", "-f", self.id)

    def copy(self, source, target):
        self.docker("cp", f"{self.id}:{source}", str(target))


class Build:
    BUILDER = Image("app-build", dockerfile="Dockerfile.build")
    artifacts = ("app", "app.conf")

    def __init__(self, docker, image, tag):
        self.docker = docker
        self.image = image
        self.tag = tag

    @property
    def dist(self):
        return self.docker.root / "dist"

    def build(self, image, *tags):
        flags = [word for tag in tags for word in ("-t", image.tagged(tag))]
        self.docker("build", *flags, "-f", image.dockerfile, ".")

    def prepare(self):
        shutil.rmtree(self.dist, ignore_errors=True)
        self.dist.mkdir()

    def run(self):
        self.prepare()
        self.build(self.BUILDER, self.tag)
        with Container(self.docker, self.BUILDER.tagged(self.tag)) as container:
            for name in self.artifacts:
                container.copy(f"/out/{name}", self.dist / name)
        self.build(self.image, self.tag, "latest")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tag", default="dev")
    parser.add_argument("-v", "--verbose", action="store_true")
    args = parser.parse_args()
    try:
        Build(Docker(ROOT, verbose=args.verbose), Image("app"), args.tag).run()
    except BuildError as error:
        sys.exit(f"build: {error}")


if __name__ == "__main__":
    main()
