"""The words around a `docker build`: recipes on standard input, ids in place of tags, folders entered, functions."""

from __future__ import annotations

import posixpath
import re
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

_CONTEXT = re.compile(r"^(ONBUILD )?(COPY|ADD) (?!--from)", re.MULTILINE)


def by_stream(random: Random, options: list[str], context: str, recipe: str, file: str) -> str | None:
    """The build with its recipe on standard input; None where the recipe cannot be said there."""
    words = " ".join(options)
    if "END_OF_RECIPE" in recipe or not recipe.endswith("\n"):
        return None
    ways = [
        f"docker build {words} -f - {context} <<'END_OF_RECIPE'\n{recipe}END_OF_RECIPE",
        f"cat <<\\END_OF_RECIPE | docker build {words} --file - {context}\n{recipe}END_OF_RECIPE",
        f"docker build {words} -f - {context} < {shlex.quote(file)}",
        f"cat {shlex.quote(file)} | docker build {words} -f - {context}",
        f"sed 's/nothing-of-it/x/' {shlex.quote(file)} | docker build {words} -f- {context}",
    ]
    if not re.search(r"[$`\\]", recipe):
        ways.append(f"docker build {words} -f - {context} <<END_OF_RECIPE\n{recipe}END_OF_RECIPE")
    if not _CONTEXT.search(recipe):
        ways += [f"docker build {words} - < {shlex.quote(file)}", f"docker build {words} - <<'E'\n{recipe}E"] * 3
    return random.choice(ways)


def around(random: Random, line: str, context: str, file: str) -> str:
    """The same build behind other words."""
    ways = [
        f"env NOTHING=1 {line}", f"time {line}", f"eval '{line}'" if "'" not in line else line,
        f"( {line} )", f"{line} | cat", f"{line} >build.log 2>&1\nrm build.log", f"command {line}",
    ]  # fmt: skip
    if context.strip("\"'./") and "$" not in context and file == posixpath.join(context, "Dockerfile"):
        inner = line.replace(f" {context}", " .").replace(file, "Dockerfile")
        ways += [f"(cd {context} && {inner})", f"pushd {context} >/dev/null\n{inner}\npopd >/dev/null"] * 3
    return random.choice(ways)
