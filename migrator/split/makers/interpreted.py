"""What installs for an interpreter of the base: npm and its relatives, pip and virtual environments.

What they install is needed at run time as it is, so all of it is carried along; the compilers that they called are not.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from migrator.split.bases import split_name
from migrator.split.makers.made import Made, Output

if TYPE_CHECKING:
    from migrator.split.fat import Fat
    from migrator.split.statements import Statement

LANGUAGES = frozenset(("node", "python"))
_INSTALLS = frozenset(("install", "i", "ci", "clean-install", "add"))
_QUIET = frozenset(("test", "t", "audit", "cache", "config", "version", "lint", "-v", "--version", "fund", "ls"))
_MANAGERS = frozenset(("npm", "yarn", "pnpm"))
_PIP = re.compile(r"pip(?:3(?:\.\d+)?)?")
_PYTHON = re.compile(r"python(?:3(?:\.\d+)?)?")


def node(statement: Statement, fat: Fat) -> Made | None:  # noqa: ARG001 - one signature for all
    """npm, yarn and pnpm: node_modules of their folder; a script may write anywhere in the folder, so all of it."""
    program = statement.program
    if program not in {*_MANAGERS, "npx"} or None in statement.words:
        return None
    words = [word or "" for word in statement.operands]
    if {"-g", "--global", "global"} & set(words):
        return None
    moved = statement.option("--prefix", "--cwd", "-C", "--dir")
    folder = posixpath.normpath(posixpath.join(statement.folder, moved or "."))
    verbs = [word for word in words if not word.startswith("-") and word != moved]
    verb = verbs[0] if verbs else "install"
    if program != "npx" and verb in _QUIET:
        return Made(f"{program} {verb}", "", statement.span)
    if program != "npx" and verb in _INSTALLS and len(verbs) <= 1:
        modules = Output(posixpath.join(folder, "node_modules"), folder=True, always=True, whole=True)
        return Made(f"{program} {verb}", "node", statement.span, (modules,))
    everything = Output(folder, folder=True, always=True, whole=True)
    return Made(f"{program} {' '.join(verbs[:2])}", "node", statement.span, (everything,)) if folder != "/" else None


def python(statement: Statement, fat: Fat) -> Made | None:
    """Pip and venv: the environment, the folder of --target, or the site-packages of the base's own Python."""
    words = [word or "" for word in statement.operands]
    program = statement.words[0] or ""
    if _PYTHON.fullmatch(statement.program) and words[:2] == ["-m", "venv"]:
        places = [statement.path(word) for word in words[2:] if not word.startswith("-")]
        outputs = tuple(Output(place, folder=True, always=True, whole=True) for place in places if place)
        return Made("python -m venv", "python", statement.span, outputs) if outputs else None
    if _PYTHON.fullmatch(statement.program) and words[:2] == ["-m", "pip"]:
        words = words[2:]
    elif not _PIP.fullmatch(statement.program):
        return None
    if words[:1] in (["cache"], ["check"], ["list"], ["freeze"], ["download"], ["wheel"]):
        return Made(f"pip {words[0]}", "", statement.span)
    if "install" not in words or "--user" in words or "--root" in words or "-e" in words or "--editable" in words:
        return None
    place = _environment(statement, fat, program)
    return Made("pip install", "python", statement.span, place) if place else None


def managed(statement: Statement, fat: Fat) -> Made | None:
    """Poetry, pipenv and uv: into the Python of the base where that is asked for, else into the .venv of the folder."""
    words = [word for word in statement.operands if word and not word.startswith("-")]
    program = statement.program
    if program not in {"poetry", "pipenv", "uv"} or None in statement.words or not words:
        return None
    if words[0] in {"config", "lock", "check", "version", "export", "cache", "self"}:
        return Made(f"{program} {words[0]}", "", statement.span) if not statement.writes else None
    if tuple(words[:1]) not in {("install",), ("sync",)} and words[:2] not in (["pip", "install"], ["pip", "sync"]):
        return None
    place = _environment(statement, fat, "") if _is_global(statement, fat) else ()
    if program == "uv" and words[0] == "sync" and "UV_PROJECT_ENVIRONMENT" not in statement.variables:
        place = (Output(posixpath.join(statement.folder, ".venv"), folder=True, always=True, whole=True),)
    return Made(f"{program} {words[0]}", "python", statement.span, place) if place else None


def _is_global(statement: Statement, fat: Fat) -> bool:
    """Whether an installer is told to use the Python that it finds."""
    texts = " ".join(one.value for one in fat.instructions if one.keyword == "RUN")
    told = {"--system"} & set(statement.words) or statement.variables.get("UV_SYSTEM_PYTHON") in {"1", "true"}
    made = str(statement.variables.get("POETRY_VIRTUALENVS_CREATE")).lower() in {"0", "false"}
    return bool(told) or (
        statement.program == "poetry" and (made or re.search(r"virtualenvs\.create\s+false\b", texts) is not None)
    )


def named_packages(statement: Statement, fat: Fat) -> frozenset[str]:
    """The names of the packages that pip is told to install, on the command line and in the lists that it names."""
    words = [word or "" for word in statement.operands]
    lists = [fat.project.text(fat.landed.get(statement.path(word) or "") or "") or "" for word in words]
    lines = [line for text in lists for line in text.splitlines()]
    found = (re.match(r"[A-Za-z0-9][\w.-]*", text.strip()) for text in (*words, *lines))
    return frozenset(match[0].lower() for match in found if match is not None)


def _environment(statement: Statement, fat: Fat, program: str) -> tuple[Output, ...]:
    """The folders that pip installs into; nothing where that cannot be told."""
    target = statement.option("-t", "--target", "--prefix")
    if target is not None:
        place = statement.path(target)
        return (Output(place, folder=True, always=True, whole=True),) if place else ()
    first = (statement.variables.get("PATH") or "").split(":")[0]
    folder = posixpath.dirname(statement.path(program) or "/") if "/" in program else first
    home = posixpath.dirname(folder)
    if folder.endswith("/bin") and _makes_environment(fat, home):
        return (Output(home, folder=True, always=True, whole=True),)
    if fat.packages is not None:
        whole = Output(fat.packages, folder=True, always=True, whole=True)
        return (whole, Output("/usr/local/bin", folder=True, added=True))
    repository, tag = split_name(fat.base)
    version = re.match(r"(3\.\d+)", tag)
    if repository.removeprefix("docker.io/").removeprefix("library/") != "python" or version is None:
        return ()
    packages = f"/usr/local/lib/python{version[1]}/site-packages"
    return (Output(packages, folder=True, always=True, whole=True), Output("/usr/local/bin", folder=True, added=True))


def _makes_environment(fat: Fat, folder: str) -> bool:
    """Whether a RUN makes a virtual environment there."""
    made = re.compile(rf"\b(?:venv|virtualenv)\b[^&;|]*\s{re.escape(folder)}/?(?:\s|$)")
    plain = re.compile(rf"\b(?:venv|virtualenv)\b[^&;|]*\s{re.escape(posixpath.basename(folder))}/?(?:\s|$)")
    texts = [one.value for one in fat.instructions if one.keyword == "RUN"]
    return any(made.search(text) or plain.search(text) for text in texts)
