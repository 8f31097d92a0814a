"""What ARG, ENV, WORKDIR and USER amount to at each instruction, as the engine builds.

Measured on Docker 26.1. BuildKit keeps one environment into which ARG and ENV both write, the later one winning, and
which a `FROM stage` inherits whole; the classic builder lets ENV win always and lets no ARG out of its stage. The
Dockerfile reference describes neither difference.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from migrator.dockerfile.assignments import Pair, declared_args, global_args, pairs
from migrator.dockerfile.expand import (
    ExpansionError,
    Reference,
    examined_variables,
    expand,
    references,
    variables_in,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrator.dockerfile.syntax import Dockerfile, Instruction, Stage

__all__ = [
    "BaseImage",
    "ExpansionError",
    "Pair",
    "Reference",
    "Scope",
    "State",
    "declared_args",
    "environments",
    "examined_variables",
    "expand",
    "global_args",
    "global_scope",
    "image_of",
    "parent_stage",
    "references",
    "run_variables",
    "stage_scope",
    "users",
    "variables_in",
    "workdirs",
]

Variables = Mapping[str, str | None]

# https://docs.docker.com/reference/dockerfile/#predefined-args
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY")
PREDEFINED = frozenset(PROXIES) | frozenset(name.lower() for name in PROXIES)
DEFAULT_PLATFORM = "linux/amd64"


@dataclass(frozen=True)
class BaseImage:
    """What a stage gets from the image that it starts from."""

    env: Mapping[str, str] = field(default_factory=dict)
    workdir: str = "/"
    user: str = ""


@dataclass(frozen=True)
class State:
    """What holds at one point of a stage.

    `variables` is what an expansion sees, ARG and ENV merged; None is an ARG without a value. `env` is what the image
    would have as its Env. `user` is empty where nothing sets one.
    """

    variables: Variables
    env: Mapping[str, str]
    workdir: str
    user: str


@dataclass(frozen=True)
class Scope:
    """The state in front of every instruction of a stage, in order, and at its end."""

    states: tuple[State, ...]
    end: State


@dataclass(frozen=True)
class Build:
    """What a build is given: its arguments, how its base images look, and which builder runs it."""

    args: Mapping[str, str] = field(default_factory=dict)
    base: Callable[[str], BaseImage] = field(default=lambda _: BaseImage())
    platform: str = DEFAULT_PLATFORM
    classic: bool = False


@lru_cache(maxsize=16)
def platform_args(platform: str = DEFAULT_PLATFORM) -> Mapping[str, str]:
    """The arguments that BuildKit sets for a platform such as `linux/arm/v7`, building on the same platform."""
    system, _, rest = platform.partition("/")
    architecture, _, variant = rest.partition("/")
    values = {"PLATFORM": platform, "OS": system, "ARCH": architecture, "VARIANT": variant}
    return {side + name: value for side in ("BUILD", "TARGET") for name, value in values.items()}


def global_scope(dockerfile: Dockerfile, build: Build) -> Variables:
    """The arguments that FROM sees, by name; None is one without a value."""
    scope: dict[str, str | None] = {}
    if not build.classic:
        scope.update(platform_args(build.platform))
        scope.update({name: value for name, value in build.args.items() if name in scope})
    for pair in global_args(dockerfile):
        given = build.args.get(pair.name)
        scope[pair.name] = _expanded(pair.value, scope, dockerfile.escape) if given is None else given
    return scope


def image_of(stage: Stage, scope: Variables, escape: str = "\\") -> str:
    """The image that a stage starts from, expanded; as it is written where it cannot be expanded."""
    image = _expanded(stage.image, scope, escape)
    return stage.image if image is None else image


def parent_stage(dockerfile: Dockerfile, stage: Stage, scope: Variables) -> Stage | None:
    """The earlier stage that a stage starts from, or None when it starts from an image."""
    image = image_of(stage, scope, dockerfile.escape).lower()
    earlier = (other for other in reversed(dockerfile.stages[: stage.index]) if other.name == image)
    return next(earlier, None)


def stage_scope(dockerfile: Dockerfile, stage_index: int, build: Build | None = None) -> Scope:
    """Every state of a stage; of the stages that it starts from the last state is inherited."""
    build = build or Build()
    outer = global_scope(dockerfile, build)
    chain = [dockerfile.stages[stage_index]]
    while (parent := parent_stage(dockerfile, chain[-1], outer)) is not None:
        chain.append(parent)
    image = build.base(image_of(chain[-1], outer, dockerfile.escape))
    state = State(dict(image.env), dict(image.env), image.workdir or "/", image.user)
    states: list[State] = []
    for stage in reversed(chain):
        states = []
        if build.classic:
            state = replace(state, variables=dict(state.env))
        for instruction in stage.instructions:
            states.append(state)
            state = _after(instruction, state, outer, dockerfile.escape, build)
    return Scope(tuple(states), state)


def environments(
    dockerfile: Dockerfile, stage_index: int, build_args: Mapping[str, str], inherited: Mapping[str, str]
) -> tuple[Variables, ...]:
    """What an expansion sees in front of each instruction of a stage whose base image has `inherited` as its Env."""
    scope = stage_scope(dockerfile, stage_index, Build(build_args, lambda _: BaseImage(inherited)))
    return tuple(state.variables for state in scope.states)


def workdirs(
    dockerfile: Dockerfile, stage_index: int, build_args: Mapping[str, str], base: BaseImage | None = None
) -> tuple[str, ...]:
    """The working directory in front of each instruction of a stage: absolute, without `.` and `..`."""
    scope = stage_scope(dockerfile, stage_index, Build(build_args, lambda _: base or BaseImage()))
    return tuple(state.workdir for state in scope.states)


def users(
    dockerfile: Dockerfile, stage_index: int, build_args: Mapping[str, str], base: BaseImage | None = None
) -> tuple[str, ...]:
    """The user in front of each instruction of a stage; empty where nothing sets one."""
    scope = stage_scope(dockerfile, stage_index, Build(build_args, lambda _: base or BaseImage()))
    return tuple(state.user for state in scope.states)


def run_variables(state: State, build: Build) -> Mapping[str, str]:
    """The environment that a RUN sees at a state, the proxies that need no ARG among it."""
    proxies = {name: value for name, value in build.args.items() if name in PREDEFINED}
    return proxies | {name: value for name, value in state.variables.items() if value is not None}


def resolve(folder: str, path: str) -> str:
    """A path of the image seen from a folder of it: absolute and normalised."""
    return posixpath.normpath(f"/{path}" if path.startswith("/") else f"/{folder}/{path}").replace("//", "/", 1)


def _expanded(text: str | None, variables: Variables, escape: str) -> str | None:
    """The expanded text, or None for no text and for one that cannot be expanded (which parsing reports)."""
    if text is None:
        return None
    try:
        return expand(text, variables.get, escape)
    except ExpansionError:
        return None


def _after(instruction: Instruction, state: State, outer: Variables, escape: str, build: Build) -> State:
    """The state behind an instruction."""
    if instruction.keyword == "ARG":
        return _after_arg(instruction, state, outer, escape, build)
    visible = state.variables
    if build.classic:
        visible = {name: value for name, value in build.args.items() if name in PREDEFINED} | dict(visible)
    if instruction.keyword == "ENV":
        return _after_env(instruction, state, visible, escape)
    if instruction.keyword in {"WORKDIR", "USER"} and instruction.arguments:
        value = _expanded(instruction.arguments[0].text, visible, escape) or ""
        if instruction.keyword == "USER":
            return replace(state, user=value)
        return replace(state, workdir=resolve(state.workdir, value))
    return state


def _after_env(instruction: Instruction, state: State, visible: Variables, escape: str) -> State:
    """ENV: its values see what stood in front of the instruction, not each other."""
    added: dict[str, str] = {}
    for pair in pairs(instruction):
        name = _expanded(pair.name, visible, escape) or pair.name
        added[name] = _expanded(pair.value, visible, escape) or ""
    return replace(state, variables={**state.variables, **added}, env={**state.env, **added})


def _after_arg(instruction: Instruction, state: State, outer: Variables, escape: str, build: Build) -> State:
    """ARG: what the build gives, else its default, else what the ARG before the first FROM has."""
    variables = dict(state.variables)
    for pair in pairs(instruction):
        name = pair.name
        value = build.args.get(name)
        if value is None:
            value = outer.get(name) if pair.value is None else _expanded(pair.value, state.variables, escape)
        if build.classic:
            variables[name] = state.env.get(name, value)
        elif value is not None:
            variables[name] = value
        else:
            variables.setdefault(name, None)
    return replace(state, variables=variables)
