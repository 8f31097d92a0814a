"""The stand-in for the Docker SDK, written where a program that is verified imports `docker` from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.dockercli import library
from migrator.interpret.python.start import is_python

if TYPE_CHECKING:
    from migrator.project import Project

MODULES = "modules"
_IMPORT = re.compile(r"(?m)^[^#\n]*\b(?:import|from|import_module|__import__)\b[^#\n]*\bdocker\b")
_START = """

def start(words, data):
    import subprocess

    done = subprocess.run(["docker", *words], input=b"" if data is None else data, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)
    import sys
    sys.stderr.write(done.stderr.decode("utf-8", "replace"))
    sys.stderr.flush()
    return done.returncode, done.stdout, done.stderr
"""
_NAMES = "from docker import *\nfrom docker import APIClient, DockerClient, from_env\n"
_ERRORS = "from docker import APIError, BuildError, ContainerError, DockerException, ImageNotFound, NotFound\n"


def uses_sdk(project: Project) -> bool:
    """Whether a program of the repository may import the Docker SDK; the real one would ask the user's engine."""
    texts = ((path, project.text(path) or "") for path in project.files)
    return any(is_python(path, text) and _IMPORT.search(text) is not None for path, text in texts)


def install_sdk(folder: Path) -> None:
    """Write a package `docker` into `folder`, to be put first on a PYTHONPATH."""
    own = Path(__file__).with_name("sdk.py").read_text(encoding="utf-8")
    words = Path(library.__file__).read_text(encoding="utf-8")
    package = folder / "docker"
    package.mkdir(parents=True, exist_ok=True)
    own = own.replace("from migrator.dockercli.library import", "from docker._words import")
    texts = {
        "__init__": own + _START + "\n\nfrom docker import errors  # noqa\n", "_words": words, "errors": _ERRORS,
        "client": _NAMES, "api": _NAMES,
    }  # fmt: skip
    for name, text in texts.items():
        (package / f"{name}.py").write_text(text, encoding="utf-8")


__all__ = ["MODULES", "install_sdk", "uses_sdk"]
