"""A Dockerfile of the script as stages of the new one: everything stays to the byte but what has to change."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from migrator.commands.docker.contents import arguments_of, target_stage
from migrator.dockercli.names import normal_image
from migrator.dockerfile.assignments import global_args, pairs
from migrator.dockerfile.copy import as_copy
from migrator.dockerfile.edit import copy_line, json_form, source_word
from migrator.dockerfile.evaluate import Build, global_scope, image_of
from migrator.dockerfile.uses import uses
from migrator.migration.arguments import quoted_default, symbols_in, with_variables
from migrator.migration.quoting import quoted
from migrator.migration.takes import is_archive
from migrator.migration.tracked import Change, Line, edited
from migrator.rules import dockerfiles as dockerfile_rules
from migrator.rules import plan as rules
from migrator.trace.symbols import is_symbol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from migrator.diagnostics import Diagnostic
    from migrator.dockerfile.syntax import Instruction, Stage
    from migrator.migration.arguments import Arguments
    from migrator.migration.contexts import NewContext
    from migrator.migration.graph import Unit
    from migrator.migration.takes import Layout, Take
    from migrator.source import Span
    from migrator.trace.images import Image


@dataclass
class UnitWriter:
    """Writes one unit; `names` is the name of each of its stages, the target's being the block's."""

    unit: Unit
    name: str
    layouts: Mapping[int, Layout]
    arguments: Arguments
    context: NewContext
    base: str | None
    stage_of: Callable[[Image], str]
    taken: set[str]
    check: Callable[[str, Span], None]
    drop_volumes: bool = False
    drop_triggers: bool = False
    changes: list[Change] = field(default_factory=list)
    preamble: list[Line] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.names = self._stage_names()

    # --- names of the stages ------------------------------------------------------------------------------

    def _stage_names(self) -> dict[int, str | None]:
        target = target_stage(self.unit.built, self.unit.dockerfile)
        names: dict[int, str | None] = {}
        for stage in self.unit.dockerfile.stages:
            if target is not None and stage.index == target.index:
                names[stage.index] = self.name
            elif stage.name is not None:
                own = f"{self.name}-{stage.index}" if stage.name == self.name else f"{self.name}-{stage.name}"
                names[stage.index] = own if stage.name in {*self.taken, self.name} else stage.name
            elif self._is_numbered(stage.index):
                names[stage.index] = f"{self.name}-{stage.index}"
            else:
                names[stage.index] = None
        return names

    def _is_numbered(self, index: int) -> bool:
        return any(found.flag("from") == str(index) for found in self.unit.dockerfile.instructions)

    # --- the whole ----------------------------------------------------------------------------------------

    def write(self) -> list[Line]:
        """The lines of the unit's stages, without its ARGs in front of FROM, which are in `preamble`."""
        dockerfile = self.unit.dockerfile
        self._head()
        for stage in dockerfile.stages:
            self._from(stage)
            for instruction in stage.instructions:
                self._instruction(instruction)
        self._declare()
        self._behind()
        source = dockerfile.source
        end = max((change.span.end for change in self.changes), default=0)
        ends = [] if end == len(source.text) and self.changes[-1].replacement == _GONE else self._ends()
        lines = edited(source, [*self.changes, *ends])
        lines = [line for line in lines if line.text.rstrip("\r") != _GONE]
        while lines and not lines[0].text.strip():
            lines.pop(0)
        while lines and not lines[-1].text.strip():
            lines.pop()
        return [self._filled(line) for line in lines]

    def _filled(self, line: Line) -> Line:
        return replace(line, text=with_variables(line.text, self.arguments)) if any(map(is_symbol, line.text)) else line

    def _ends(self) -> list[Change]:
        """A byte-order mark and a continuation at the end of the file would spoil what stands around them."""
        source = self.unit.dockerfile.source
        found = [Change(source.span(0, 1), "", rules.JOINED.code)] if source.text.startswith("\ufeff") else []
        for diagnostic in self.unit.dockerfile.diagnostics:
            if diagnostic.rule is dockerfile_rules.OPEN_CONTINUATION and diagnostic.span is not None:
                span = diagnostic.span
                cut = span.text.rstrip(" \t").removesuffix(self.unit.dockerfile.escape).rstrip(" \t")
                found.append(Change(source.span(span.start + len(cut), span.end), "", rules.JOINED.code))
        return found

    def _head(self) -> None:
        """Directives and ARGs in front of FROM move to the top of the new file."""
        for directive in self.unit.dockerfile.directives:
            self._cut(directive.span.start, directive.span.end)
        for instruction in self.unit.dockerfile.preamble:
            text = self._argument_text(instruction, outer=True)
            text = self._renamed_uses(instruction, text) if text == instruction.span.text else text
            self.preamble.extend(
                Line(item, instruction.span.file, instruction.span.line, None) for item in text.split("\n")
            )
            self._cut(instruction.span.start, instruction.span.end)

    def _behind(self) -> None:
        """Stages behind the target are no part of this build."""
        target = target_stage(self.unit.built, self.unit.dockerfile)
        stages = self.unit.dockerfile.stages
        if target is None or target.index + 1 >= len(stages):
            return
        start = stages[target.index + 1].origin.span.start
        self.changes = [change for change in self.changes if change.span.start < start]
        self._cut(start, len(self.unit.dockerfile.source.text))
        self.diagnostics.append(rules.STAGES_BEHIND.at(stages[target.index + 1].origin.span, stage=self.name))

    def _cut(self, start: int, end: int) -> None:
        """Takes whole lines out."""
        self.changes.append(Change(self.unit.dockerfile.source.span(start, end), _GONE, rules.MOVED_TO_TOP.code))

    # --- FROM ---------------------------------------------------------------------------------------------

    def _from(self, stage: Stage) -> None:
        origin = stage.origin
        scope = global_scope(self.unit.dockerfile, Build(arguments_of(self.unit.built)))
        image = image_of(stage, scope, self.unit.dockerfile.escape)
        parent = self.unit.parents.get(image)
        argument = origin.arguments[0]
        for use in uses(self.unit.dockerfile, origin):
            own = self.arguments.renamed.get((self.unit, use.name))
            if own is not None and parent is None:
                self.changes.append(Change(use.span, own, rules.ARGUMENT_SETTLED.code))
        new_name = self.names[stage.index]
        earlier = self._own(stage, image)
        if parent is not None:
            self.changes.append(Change(argument.span, self.stage_of(parent), rules.STAGE_NAMED.code))
        elif earlier is not None and earlier.lower() != image.lower():
            self.changes.append(Change(argument.span, earlier, rules.STAGE_NAMED.code))
        if new_name is None or new_name == stage.name:
            return
        if stage.name is not None and len(origin.arguments) > 2:
            self.changes.append(Change(origin.arguments[2].span, new_name, rules.STAGE_NAMED.code))
        else:
            end = argument.span.end
            self.changes.append(
                Change(self.unit.dockerfile.source.span(end, end), f" AS {new_name}", rules.STAGE_NAMED.code)
            )

    def _own(self, stage: Stage, image: str) -> str | None:
        """The new name of an earlier stage of the same file that a FROM names."""
        for other in self.unit.dockerfile.stages[: stage.index]:
            if other.name is not None and other.name == image.lower():
                return self.names[other.index]
        return None

    # --- the instructions ---------------------------------------------------------------------------------

    def _instruction(self, instruction: Instruction) -> None:
        if instruction.keyword == "ARG":
            text = self._argument_text(instruction, outer=False)
            if text != instruction.span.text:
                self.changes.append(Change(instruction.span, text, rules.ARGUMENT_SETTLED.code))
            return
        if instruction.keyword == "VOLUME" and self.drop_volumes:
            self._cut(instruction.span.start, instruction.span.end)
            self.diagnostics.append(rules.VOLUME_MOVED.at(instruction.span, stage=self.name))
            return
        if instruction.keyword == "ONBUILD" and self.drop_triggers and self._is_in_target(instruction):
            self._cut(instruction.span.start, instruction.span.end)  # it stands where it fires
            return
        self._from_flag(instruction)
        index = self._index(instruction)
        layout = self.layouts.get(index)
        if layout is None:
            return
        if layout.takes is None:
            self._reroot(instruction)
            return
        self._takes(instruction, layout)

    def _index(self, instruction: Instruction) -> int:
        return next(i for i, found in enumerate(self.unit.dockerfile.instructions) if found is instruction)

    def _is_in_target(self, instruction: Instruction) -> bool:
        target = target_stage(self.unit.built, self.unit.dockerfile)
        return target is not None and instruction in target.instructions

    def _from_flag(self, instruction: Instruction) -> None:
        for flag in instruction.flags:
            if flag.value is None:
                continue
            if flag.name == "from":
                new = self._renamed(flag.value)
                if new is not None:
                    self.changes.append(Change(flag.span, f"--from={new}", rules.STAGE_NAMED.code))
            elif flag.name == "mount":
                found = re.search(r"(?:^|,)from=([^,]+)", flag.value)
                new = self._renamed(found[1]) if found else None
                if found and new is not None:
                    value = flag.value[: found.start(1)] + new + flag.value[found.end(1) :]
                    self.changes.append(Change(flag.span, f"--mount={value}", rules.STAGE_NAMED.code))

    def _renamed(self, name: str) -> str | None:
        """The stage that a `--from` means now, when its text has to change."""
        for stage in self.unit.dockerfile.stages:
            if name.lower() == stage.name or name == str(stage.index):
                new = self.names[stage.index]
                return new if new is not None and new != name else None
        parent = self.unit.parents.get(name)
        if parent is None:
            parent = next(
                (image for key, image in self.unit.parents.items() if normal_image(key) == normal_image(name)), None
            )
        return self.stage_of(parent) if parent is not None else None

    def _reroot(self, instruction: Instruction) -> None:
        """Sources stay, seen from another folder when the context is another one."""
        if self.base is None or self.base == self.context.folder:
            return
        copy = as_copy(instruction)
        if copy is None:
            return
        prefix = posixpath.relpath(self.base or ".", self.context.folder or ".")
        moved = []
        for source in copy.sources:
            if copy.is_add and re.match(r"(https?|ftp|git|ssh)://|git@", source.text):
                moved.append(source.text)
                continue
            path = posixpath.normpath("/" + source.text).lstrip("/")
            slash = "/" if source.text.endswith("/") and path else ""
            moved.append(posixpath.normpath(f"{prefix}/{path}") + slash if path else prefix)
        if instruction.json:
            start, end = copy.sources[0].span.start, copy.destination.span.end
            text = json_form([*moved, copy.destination.text])[1:-1]
            self.changes.append(Change(self.unit.dockerfile.source.span(start, end), text, rules.SOURCE_REROOTED.code))
            return
        for source, text in zip(copy.sources, moved, strict=True):
            if source.text != text:
                self.changes.append(Change(source.span, text, rules.SOURCE_REROOTED.code))

    def _takes(self, instruction: Instruction, layout: Layout) -> None:
        copy = layout.resolution.copy
        lines: list[str] = []
        for take in layout.takes or ():
            line = self._take_line(take, layout)
            if not take.paths and lines and lines[-1].startswith(_MAKE):
                lines[-1] += line.removeprefix(_MAKE)
                continue
            lines.append(line)
            self.check(line, copy.instruction.span)
        arguments = [self.arguments.declaration(character) for character in self._undeclared(lines)]
        self.changes.append(Change(instruction.span, "\n".join([*arguments, *lines]), rules.TAKEN_FROM_STAGE.code))

    def _undeclared(self, lines: list[str]) -> list[str]:
        found = []
        for character in symbols_in(lines):
            name = self.arguments.name_for(character)
            stage = self._stage_with(lines)
            if name not in stage:
                found.append(character)
        return found

    def _stage_with(self, _: list[str]) -> set[str]:
        target = target_stage(self.unit.built, self.unit.dockerfile)
        declared = {
            pair.name
            for found in (target.instructions if target else ())
            if found.keyword == "ARG"
            for pair in pairs(found)
        }
        return {name for name in declared if (self.unit, name) not in self.arguments.defaults}

    def _take_line(self, take: Take, layout: Layout) -> str:
        copy = layout.resolution.copy
        if not take.paths:
            return f"{_MAKE} {quoted(take.destination)}"
        given = None if take.archived else copy.chown
        if take.image is None:
            sources = [source_word(self.context.relative(path)) for path in take.paths]
            keyword = "ADD" if copy.is_add and any(is_archive(path) for path in take.paths) else "COPY"
            line = copy_line(sources, take.destination, chown=given, chmod=copy.chmod, keyword=keyword)
        else:
            its_own = take.owned or self.unit.built.context.owners
            chown = given if given is not None or its_own else "0:0"
            sources = list(take.paths) if take.verbatim else [source_word(path) for path in take.paths]
            line = copy_line(sources, take.destination, from_=self.stage_of(take.image), chown=chown, chmod=copy.chmod)
        kept = [flag.span.text for flag in copy.instruction.flags if flag.name in ("link", "exclude")]
        keyword, _, rest = line.partition(" ")
        return " ".join([keyword, *kept, rest])

    # --- ARG ----------------------------------------------------------------------------------------------

    def _argument_text(self, instruction: Instruction, *, outer: bool) -> str:
        """An ARG with the default that this build was given, or taking its value from an ARG of its own."""
        lines: list[str] = []
        text = instruction.span.text
        for pair in pairs(instruction):
            key = (self.unit, pair.name)
            if key in self.arguments.defaults:
                start = pair.span.start - instruction.span.start
                end = pair.span.end - instruction.span.start
                text = text[:start] + f"{pair.name}={quoted_default(self.arguments.defaults[key])}" + text[end:]
            elif key in self.arguments.outer:
                own = self.arguments.outer[key]
                lines.append(f"ARG {own}")
                text = text.replace(pair.span.text, f"{pair.name}=${{{own}}}")
            elif not outer and pair.value is None and key in self.arguments.renamed:
                own = self.arguments.renamed[key]
                lines.append(f"ARG {own}")
                text = text.replace(pair.span.text, f"{pair.name}=${{{own}}}")
        if outer:
            text = self._renamed_names(instruction, text)
        return "\n".join([*lines, text])

    def _renamed_names(self, instruction: Instruction, text: str) -> str:
        for pair in pairs(instruction):
            own = self.arguments.renamed.get((self.unit, pair.name))
            if own is not None:
                text = re.sub(rf"(?<![\w$\{{]){re.escape(pair.name)}(?=[=\s]|$)", own, text, count=1)
        return text

    def _renamed_uses(self, instruction: Instruction, text: str) -> str:
        """An ARG in front of FROM whose default names another one that has a new name."""
        start = instruction.span.start
        for use in reversed(uses(self.unit.dockerfile, instruction)):
            own = self.arguments.renamed.get((self.unit, use.name))
            if own is not None:
                text = text[: use.span.start - start] + own + text[use.span.end - start :]
        return text

    def _declare(self) -> None:
        """Values of the script's inside a Dockerfile that it wrote: each needs its ARG, outside and inside."""
        dockerfile = self.unit.dockerfile
        declared = {pair.name for pair in global_args(dockerfile)}
        for stage in dockerfile.stages:
            for character in symbols_in([stage.origin.span.text]):
                if self.arguments.name_for(character) not in declared:
                    self.preamble.append(Line(self.arguments.declaration(character), rule=rules.VALUE_DECLARED.code))
                    declared.add(self.arguments.name_for(character))
            kept = [i for i in stage.instructions if i.keyword not in ("CMD", "ENTRYPOINT", "HEALTHCHECK")]
            inside = symbols_in(
                [
                    instruction.span.text
                    for instruction in kept
                    if as_copy(instruction) is None or self.layouts.get(self._index(instruction)) is None
                ]
            )
            if inside:
                text = "".join(f"\n{self.arguments.declaration(character)}" for character in inside)
                end = stage.origin.span.end
                self.changes.append(Change(dockerfile.source.span(end, end), text, rules.VALUE_DECLARED.code))


_GONE = "\0gone"
_MAKE = "RUN mkdir -p"
