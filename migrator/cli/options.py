"""Options that several commands share, so that each means the same everywhere."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TypeVar

import click

from migrator.cli import VERBOSE
from migrator.errors import UsageError
from migrator.migration.wishes import Runtime

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

F = TypeVar("F", bound="Callable[..., object]")


def _remember(ctx: click.Context, _parameter: click.Parameter, value: bool) -> bool:  # noqa: FBT001 - click's signature
    ctx.meta[VERBOSE] = value
    return value


def pairs(_ctx: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """The variables as a mapping; `NAME` alone takes the value that the variable has here, as docker does."""
    found = {}
    for value in values:
        name, equals, text = value.partition("=")
        if not name.isidentifier() or not name.isascii():
            raise click.BadParameter(f"{value!r} is not NAME=VALUE")
        if not equals and name not in os.environ:
            raise click.BadParameter(f"{name} is not set here; write {name}=VALUE")
        found[name] = text if equals else os.environ[name]
    return found


def path(function: F) -> F:
    """The argument PATH: a repository or a script in it."""
    return click.argument("path", default=".", metavar="[PATH]")(function)


def script(function: F) -> F:
    """The options that say which script is meant and how it is called: `--script`, `--arg`, `--env`, `--no-config`."""
    for option in (
        click.option(
            "--no-config",
            "config",
            flag_value=False,
            default=True,
            help="Do not read the repository's own .migrator.toml.",
        ),
        click.option(
            "--env",
            "env",
            multiple=True,
            metavar="NAME=VALUE",
            callback=pairs,
            help="An environment variable of the script; may be given again. NAME alone takes its value from here.",
        ),
        click.option(
            "--arg",
            "args",
            multiple=True,
            metavar="VALUE",
            help="A positional parameter of the script ($1, then $2, …); may be given again.",
        ),
        click.option("--script", "script", metavar="FILE", help="The script, as a path from the repository's root."),
    ):
        function = option(function)
    return function


def _runtimes(_ctx: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> tuple[Runtime, ...]:
    """Each DOCKERFILE[:CONTEXT[:TAG]] as a value; the tag may hold a colon of its own."""
    found = []
    for value in values:
        file, _, rest = value.partition(":")
        context, _, tag = rest.partition(":")
        if not file:
            raise click.BadParameter(f"{value!r} is not DOCKERFILE[:CONTEXT[:TAG]]")
        found.append(Runtime(file, context or ".", tag or None))
    return tuple(found)


def runtime(function: F) -> F:
    """The option `--runtime`: a build that stands in no script."""
    return click.option(
        "--runtime",
        "runtimes",
        multiple=True,
        metavar="DOCKERFILE[:CONTEXT[:TAG]]",
        callback=_runtimes,
        help="A build that follows the script and stands in no script; may be given again.",
    )(function)


def comments(function: F) -> F:
    """The option `--no-comments`; its value is whether comments are wanted."""
    return click.option(
        "--no-comments",
        "comments",
        flag_value=False,
        default=True,
        help="Leave out of the Dockerfile the comment that names the Docker which it needs.",
    )(function)


def building(function: F) -> F:
    """The options of what builds a single Dockerfile: `--engine`, `--builder` and `--build-arg`."""
    for option in (
        click.option(
            "--build-arg",
            "args",
            multiple=True,
            metavar="NAME=VALUE",
            callback=pairs,
            help="An ARG of the Dockerfile; may be given again. NAME alone takes its value from here.",
        ),
        click.option(
            "--builder",
            type=click.Choice(["auto", "buildkit", "classic"]),
            default="auto",
            show_default=True,
            help="What builds.",
        ),
        click.option(
            "--engine",
            type=click.Choice(["auto", "docker", "podman", "buildah"]),
            default="auto",
            show_default=True,
            help="Which container engine; auto is Docker, or podman where no Docker answers, or buildah.",
        ),
    ):
        function = option(function)
    return function


def build_time(function: F) -> F:
    """The option `--timeout` of a build."""
    return click.option(
        "--timeout",
        type=click.FloatRange(min=0),
        default=3600.0,
        show_default=True,
        metavar="SECONDS",
        help="How long each build may take; 0 is for ever.",
    )(function)


def verbosity(function: F) -> F:
    """The options `--quiet` and `--verbose`."""
    function = click.option(
        "-v", "--verbose", is_flag=True, callback=_remember, help="Say more; with a bug of ours, show the traceback."
    )(function)
    return click.option("-q", "--quiet", is_flag=True, help="Print errors only, beside the data.")(function)


def wants_colour(stream: TextIO) -> bool:
    """Whether to colour what goes to `stream`: a terminal that is not dumb, and no NO_COLOR (no-color.org)."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and stream.isatty()


def write_data(text: str) -> None:
    """Put `text` on stdout, byte for byte: no line end is translated and no odd file name is lost."""
    stdout = getattr(sys.stdout, "buffer", None)
    if stdout is None:
        raise UsageError("stdout is closed")
    stdout.write(text.encode("utf-8", "surrogateescape"))
    stdout.flush()
