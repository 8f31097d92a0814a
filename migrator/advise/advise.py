"""Advising: every adviser asked, and the safe changes put together, one adviser after the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.advise.hadolint import Linted, joined, lint
from migrator.advise.ignoring import ignore_file
from migrator.advise.image import bases, secrets, splits, users
from migrator.advise.layers import merges, mounts
from migrator.advise.orders import orders
from migrator.advise.packages import caches, recommends
from migrator.advise.recipe import Recipe, read
from migrator.dockerfile.edit import apply
from migrator.dockerfile.parse import parse
from migrator.errors import InternalError
from migrator.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from migrator.advise.advice import Advice, Adviser
    from migrator.diagnostics import Diagnostic
    from migrator.project import Project

# In the order in which their changes are made: what is put together is looked at by those that come later.
ADVISERS: tuple[Adviser, ...] = (
    splits, orders, merges, caches, recommends, ignore_file, bases, users, secrets, mounts,
)  # fmt: skip
_ROUNDS = 50


@dataclass(frozen=True)
class Advised:
    """A Dockerfile with what is advised, and with all safe changes made: `text`, and new `files` of the context.

    `differs` says what the image lacks then, `paths` are the patterns of the paths of that.
    """

    recipe: Recipe
    advice: tuple[Advice, ...]
    text: str
    files: Mapping[str, str] = field(default_factory=dict)
    differs: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    silent: str = ""

    @property
    def changes(self) -> dict[str, str]:
        """The files of the patch with their whole new text."""
        changed = {self.recipe.path: self.text} if self.text != self.recipe.source.text else {}
        return changed | dict(self.files)


def advise(
    project: Project, path: str, args: Mapping[str, str], linter: Callable[[Source], Linted] = lint
) -> Advised | tuple[Diagnostic, ...]:
    """What is to be said of the Dockerfile at a path; or its errors, where it cannot be read."""
    recipe = read(project, path, args)
    if not isinstance(recipe, Recipe):
        return recipe
    own = [one for adviser in ADVISERS for one in adviser(recipe)]
    linted = linter(recipe.source) if recipe.source.text else Linted(())
    found = joined(sorted(own, key=_place), linted)
    made = list(_made(recipe))
    text = made[-1][0] if made else recipe.source.text
    files = {name: content for _, one in made for name, content in (one.change.files if one.change else {}).items()}
    differs = tuple(dict.fromkeys(one.change.differs for _, one in made if one.change and one.change.differs))
    paths = tuple(dict.fromkeys(one.change.paths for _, one in made if one.change and one.change.paths))
    _check(recipe, text)
    return Advised(recipe, found, text, files, differs, paths, linted.silent)


def _place(advice: Advice) -> int:
    return advice.diagnostic.span.start if advice.diagnostic.span is not None else 0


def _made(recipe: Recipe) -> Iterator[tuple[str, Advice]]:
    """The safe changes, each with the text that there is once it is made.

    They are made one by one, on what the one before has left.
    """
    text = recipe.source.text
    files: set[str] = set()
    for adviser in ADVISERS:
        for _ in range(_ROUNDS):
            now = read(recipe.project, recipe.path, recipe.args, text)
            if not isinstance(now, Recipe):
                raise InternalError(f"the advised Dockerfile does not read: {now[0].message}")
            one = next((found for found in adviser(now) if _is_open(found, files)), None)
            if one is None or one.change is None:
                break
            files |= one.change.files.keys()
            text = apply(now.source, one.change.edits)
            yield text, one


def _is_open(advice: Advice, files: set[str]) -> bool:
    change = advice.change
    return change is not None and change.safe and (bool(change.edits) or not change.files.keys() <= files)


def _check(recipe: Recipe, text: str) -> None:
    """That the text reads, with as many stages. Raises InternalError otherwise."""
    found = parse(Source(recipe.path, text))
    if len(found.stages) != len(recipe.dockerfile.stages):
        raise InternalError("the advised Dockerfile has other stages")
