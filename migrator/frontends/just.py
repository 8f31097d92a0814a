"""A recipe of a justfile as shell text: https://just.systems/man/en/.

What stands in a justfile alone is filled in; what only the run knows becomes a variable of the shell, set in front.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.frontends.ci.job import Expressions
from migrator.frontends.just_text import Assignment, Justfile, JustRecipe, read
from migrator.frontends.just_values import Values
from migrator.frontends.make.holes import TroubleError
from migrator.frontends.program import Chunk, Composer, Program
from migrator.rules import inputs as rules
from migrator.source import Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.project import Project
    from migrator.source import Span

_OVERRIDE = re.compile(r"([A-Za-z_][\w-]*)=(.*)", re.DOTALL)
_INTERPOLATION = re.compile(r"(?<!\{)\{\{(?!\{)(.*?)\}\}", re.DOTALL)
_SHELL = re.compile(r"(?:/usr)?(?:/bin/)?(bash|sh|dash|zsh)")


def is_justfile(path: str) -> bool:
    """Whether just reads a file of this name."""
    base = posixpath.basename(path).lower()
    return base in ("justfile", ".justfile") or base.endswith(".just")


def recipes(project: Project, path: str) -> list[str]:
    """The recipes of a justfile that can be named, the default one first; none when it cannot be read."""
    try:
        found = read(Source(path, project.text(path) or ""))
    except TroubleError:
        return []
    return [name for name, recipe in found.recipes.items() if not name.startswith("_") and not recipe.private]


def needed(project: Project, path: str, name: str) -> tuple[str, ...]:
    """Some text for each parameter of a recipe that has no default."""
    try:
        recipe = read(Source(path, project.text(path) or "")).recipes.get(name)
    except TroubleError:
        return ()
    wanted = recipe.parameters if recipe is not None else ()
    return tuple(one.name for one in wanted if one.default is None and one.star != "*")


def program(project: Project, path: str, name: str, args: tuple[str, ...], env: Mapping[str, str]) -> Program:
    """What `just name args` runs; `NAME=VALUE` among the arguments sets a variable of the justfile."""
    shown = f"{path}:{name}"
    source = Source(path, project.text(path) or "")
    try:
        found = read(source)
        overrides = {one[1]: one[2] for one in map(_OVERRIDE.fullmatch, args) if one is not None}
        words = tuple(word for word in args if not _OVERRIDE.fullmatch(word))
        return _Writer(found, shown, overrides, env).program(name, words)
    except TroubleError as trouble:
        return Program(Source(shown, ""), (), (trouble.diagnostic,))


@dataclass
class _Writer:
    file: Justfile
    name: str
    overrides: Mapping[str, str]
    environment: Mapping[str, str]
    composer: Composer = field(default_factory=Composer)
    done: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)

    def program(self, name: str, args: tuple[str, ...]) -> Program:
        """The shell text of a recipe and of those that it needs."""
        start = self.file.source.span(0, 0)
        shell, options = self._shell()
        self.values = Values(self.file.assignments, self.overrides)
        self.options = options
        for one in self.file.assignments.values():
            self._assign(one)
        self.values.running = True
        first = self.file.source.line_text(1)
        self._recipe(name, [(word, False) for word in args], self.file.source.span(0, len(first)))
        folder = posixpath.dirname(self.file.source.name)
        whole = Composer()
        whole.add(f"#!/usr/bin/env {shell}\nset -e\n" + (f"cd '{folder}'\n" if folder else ""), start)
        for held, word in self.values.texts.items():
            whole.extend([Chunk(f"{held}={word}\n", self.values.spans[held], unless_read=held)])
        whole.extend(self.composer.chunks)
        return Program(whole.source(self.name), ())

    def _shell(self) -> tuple[str, str]:
        """The shell of recipe lines and the options that it gets; without a setting it is `sh -cu`."""
        words = self.file.settings.get("shell") or ["sh", "-cu"]
        found = _SHELL.fullmatch(words[0])
        if found is None:
            what = f"a recipe for {words[0]}"
            span = self.file.source.span(0, 0)
            raise TroubleError(rules.NOT_SUPPORTED.at(span, what=what, advice="Write the recipe for a shell."))
        letters = [word if not word.startswith("-") else word.replace("c", "") for word in words[1:]]
        kept = [word for word in letters if word != "-"]
        strict = any(word.startswith("-") and "e" in word for word in kept)
        return found[1], " ".join([*([] if strict else ["+e"]), *kept])

    def _assign(self, one: Assignment) -> None:
        exported = one.exported or "export" in self.file.settings
        try:
            value, is_name = self.values.variable(one.name)
        except TroubleError:
            if exported or "`" in one.text:
                raise
            return  # just knows it; it is refused where something reads it
        if exported:
            word = f'"${{{value}}}"' if is_name else _quoted(value)
            self.composer.add(f"export {one.name}={word}\n", one.span)

    def _recipe(self, name: str, args: list[tuple[str, bool]], span: Span) -> None:
        recipe = self.file.recipes.get(self.file.aliases.get(name, name))
        if recipe is None:
            raise TroubleError(rules.NO_RULE.at(span, target=name))
        key = (recipe.name, tuple(text for text, _ in args))
        if key in self.done:
            return
        self.done.add(key)
        if recipe.refused is not None:
            what, advice = f"the attribute {recipe.refused}", "Take it away, or write the commands as a shell script."
            raise TroubleError(rules.NOT_SUPPORTED.at(recipe.span, what=what, advice=advice))
        local = self._parameters(recipe, args)
        for need, words in recipe.before:
            self._recipe(need, [self.values.value(word, recipe.span, local) for word in words], recipe.span)
        self._body(recipe, local)
        for need, words in recipe.after:
            self._recipe(need, [self.values.value(word, recipe.span, local) for word in words], recipe.span)

    def _parameters(self, recipe: JustRecipe, args: list[tuple[str, bool]]) -> dict[str, tuple[str, bool]]:
        found: dict[str, tuple[str, bool]] = {}
        rest = list(args)
        for parameter in recipe.parameters:
            if parameter.star and not any(is_name for _, is_name in rest):
                given = " ".join(text for text, _ in rest)
                empty = self.values.value(parameter.default, recipe.span, found) if parameter.default else ("", False)
                found[parameter.name], rest = ((given, False) if rest else empty), []
            elif rest:
                found[parameter.name] = rest.pop(0)
            elif parameter.default is not None:
                found[parameter.name] = self.values.value(parameter.default, recipe.span, found)
            else:
                what = f"the parameter {parameter.name} of {recipe.name}"
                reason = "it has no default"
                raise TroubleError(rules.NOT_KNOWN_WHEN_READ.at(recipe.span, what=what, reason=reason))
        if rest:
            reason = f"the recipe {recipe.name} takes fewer arguments"
            raise TroubleError(rules.NOT_READABLE.at(recipe.span, reason=reason))
        return found

    def _body(self, recipe: JustRecipe, local: Mapping[str, tuple[str, bool]]) -> None:
        exports = [
            Chunk(f'export {one.name}={f"${{{text}}}" if named else _quoted(text)}\n', recipe.span)
            for one in recipe.parameters if one.exported for text, named in [local[one.name]]
        ]  # fmt: skip
        fill = Expressions(_INTERPOLATION, lambda text, span: self.values.value(text, span, local))
        for line in recipe.lines:
            chunks = [chunk._replace(text=chunk.text.replace("{{{{", "{{")) for chunk in fill.in_shell(line.chunks)]
            before, behind = ("set +e\n", "set -e\n") if line.ignored else ("", "")
            options = self.options if not recipe.script else recipe.script
            self.composer.add(f"{before}(set {options}\n", recipe.span)
            self.composer.extend([*exports, *chunks])
            self.composer.add(f"\n)\n{behind}", recipe.span)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


__all__ = ["is_justfile", "needed", "program", "recipes"]
