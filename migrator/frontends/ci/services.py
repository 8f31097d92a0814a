"""Which service a CI file is for, its jobs, and what one of them comes to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from migrator.errors import UsageError
from migrator.frontends.ci import circle, github, gitlab, travis
from migrator.frontends.ci.job import refused
from migrator.frontends.make.holes import TroubleError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from migrator.frontends.program import Program
    from migrator.project import Project

_ENGINE = re.compile(r"\b(docker|podman|nerdctl)\b")
_GIVEN = re.compile(r"([A-Za-z_][\w.-]*)=(.*)", re.DOTALL)


class _Service(NamedTuple):
    is_file: Callable[[str], bool]
    jobs: Callable[[Project, str], dict[str, str]]
    program: Callable[[Project, str, str, Mapping[str, str], Mapping[str, str]], Program]


_SERVICES = (
    _Service(github.is_workflow, github.jobs, github.program),
    _Service(gitlab.is_file, gitlab.jobs, gitlab.program),
    _Service(travis.is_file, travis.jobs, travis.program),
    _Service(circle.is_file, circle.jobs, circle.program),
)


def _service(path: str) -> _Service | None:
    return next((one for one in _SERVICES if one.is_file(path)), None)


def is_ci_file(path: str) -> bool:
    """Whether a CI service reads a file of this name."""
    return _service(path) is not None


def jobs(project: Project, path: str) -> list[str]:
    """The jobs of a CI file that have to do with containers."""
    service = _service(path)
    found = service.jobs(project, path) if service is not None else {}
    return [name for name, text in found.items() if not name or _ENGINE.search(text)]


def program(project: Project, path: str, part: str, args: tuple[str, ...], env: Mapping[str, str]) -> Program:
    """What a job runs; `args` (`NAME=VALUE`) are values that the service fills in for its expressions."""
    name = f"{path}:{part}" if part else path
    given = {}
    for word in args:
        found = _GIVEN.fullmatch(word)
        if found is None:
            raise UsageError("a job's --arg is NAME=VALUE, the value of an expression such as matrix.version")
        given[found[1]] = found[2]
    service = _service(path)
    if service is None:
        raise UsageError(f"{path} is no file of a CI service")
    try:
        return service.program(project, path, part, given, env)
    except TroubleError as trouble:
        return refused(name, trouble, service.jobs(project, path).get(part))


def root_above(path: str) -> int:
    """How many folders above a CI file's own the repository's root is, as the service has it."""
    if github.is_workflow(path):
        return 2
    return 1 if circle.is_file(path) else 0
