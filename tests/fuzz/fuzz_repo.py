"""A random repository as a value that can be made smaller: a script by statements, every other file by lines."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from fuzz_tree import Tree  # noqa: TC002

from migrator.project import Kind, Project

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SCRIPT = "build.sh"


@dataclass(frozen=True)
class Repo:
    """`statements` are the script's, `texts` the other files by path; `targets` are the images that are compared.

    `trees` are what the images of its builders hold, by tag, for who has no engine to build them.
    """

    statements: tuple[str, ...]
    texts: Mapping[str, str]
    targets: tuple[str, ...]
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    trees: Mapping[str, Tree] = field(default_factory=dict)
    front: str = "script"

    @property
    def script(self) -> str:
        """The text of build.sh."""
        return "\n".join(("#!/bin/bash", *self.statements)) + "\n"

    @property
    def entry(self) -> str:
        """What the tool is asked to convert."""
        return {"make": "Makefile:image", "package": "package.json:image"}.get(self.front, SCRIPT)

    @property
    def command(self) -> tuple[str, ...]:
        """What a person runs to build the old way."""
        return {"make": ("make", "-s", "image"), "package": ("sh", "-c", "bash build.sh")}.get(
            self.front, (f"./{SCRIPT}",)
        )

    @property
    def files(self) -> dict[str, str]:
        """Every file of the repository."""
        if self.front == "make":
            recipe = "\n".join(f"\t{line}" for line in "\n".join(self.statements).replace("$", "$$").split("\n"))
            head = ".ONESHELL:\nSHELL := /bin/bash\n.PHONY: image\n"
            return {**self.texts, "Makefile": f"{head}image:\n{recipe}\n"}
        files = {**self.texts, SCRIPT: self.script}
        if self.front == "package":
            files["package.json"] = json.dumps({"name": "x", "scripts": {"image": "bash build.sh"}}) + "\n"
        return files

    def project(self) -> Project:
        """The repository as the tool sees it."""
        project = Project.of(self.files)
        programs = {path: Kind.EXECUTABLE for path in project.files if path.endswith(".sh")}
        return Project(project.name, {**project.files, **programs}, project.reader)

    def smaller(self) -> Iterator[Repo]:
        """Repositories with something left out, the larger parts first."""
        for kept in _without(self.statements):
            yield replace(self, statements=kept)
        for path in sorted(self.texts):
            yield replace(self, texts={name: text for name, text in self.texts.items() if name != path})
        for path, text in sorted(self.texts.items()):
            for lines in _without(tuple(text.splitlines())):
                yield replace(self, texts={**self.texts, path: "".join(f"{line}\n" for line in lines)})
        for target in self.targets if len(self.targets) > 1 else ():
            yield replace(self, targets=tuple(name for name in self.targets if name != target))

    def write_case(self, folder: Path, why: str) -> None:
        """Writes the repository in the form of a folder of tests/cases."""
        for path, text in self.files.items():
            place = folder / "repo" / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
            place.chmod(0o755 if path.endswith(".sh") else 0o644)
        lines = [f"why = {json.dumps(why)}", "engine = true", f"targets = {json.dumps(list(self.targets))}"]
        if self.front != "script":
            lines.append(f"script = {json.dumps(self.entry)}")
            lines.append(f"legacy = {json.dumps(shlex.join(self.command))}")
        if self.args:
            lines.append(f"args = {json.dumps(list(self.args))}")
        if self.env:
            lines.append("[env]")
            lines += [f"{name} = {json.dumps(value)}" for name, value in self.env.items()]
        (folder / "case.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _without(items: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    size = len(items) // 2
    while size:
        for start in range(0, len(items), size):
            yield items[:start] + items[start + size :]
        size //= 2
    if len(items) == 1:
        yield ()
