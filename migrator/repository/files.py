"""Everything in a repository that changes with a conversion: the new files, the old ones, and those that name them."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from migrator.frontends.read import named
from migrator.migration.result import FileChange
from migrator.repository import callers, compose, implicit, inputs, sharing, uses
from migrator.repository.edits import Edit
from migrator.repository.inputs import NOTHING_GIVEN
from migrator.repository.leftover import Leftover, leftover
from migrator.repository.mentions import Kind, file_mentions, mentions, open_mentions
from migrator.rules import repository as rules
from migrator.trace.effects import ImageBuilt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.diagnostics import Diagnostic
    from migrator.frontends.read import Named
    from migrator.interpret.run import Outcome
    from migrator.migration.result import Converted
    from migrator.project import Project
    from migrator.repository.inputs import Given
    from migrator.repository.mentions import Mention


# Folders that tools make of their own accord, whoever names them: git has to ignore them with or without the script.
_USUAL = frozenset(
    "dist build target out bin obj lib public release releases _build .next .output node_modules vendor".split()
)


@dataclass(frozen=True)
class Migration:
    """Every file that changes, and what is left to do by hand."""

    files: tuple[FileChange, ...]
    tasks: tuple[Diagnostic, ...]
    left: Leftover


def migration(
    project: Project, conversion: Converted, outcome: Outcome, *, keep_old: bool = False, given: Given = NOTHING_GIVEN
) -> Migration:
    """What a whole repository becomes. With `keep_old` no file is removed; `given` is how the script was called."""
    part = named(project, conversion.script)
    found = inputs.rewritten(project, part, conversion, outcome, given) if part is not None else None
    if part is not None and found is None:
        return _beside(project, conversion, outcome, part)
    left = found or leftover(project, conversion, outcome)
    whole = _Assembly(project, conversion, left, keep_old=keep_old).result()
    own = frozenset({conversion.script, *(item.span.file for world in outcome.worlds for item in world.ran)})
    tasks = [*whole.tasks, *sharing.tasks(project, conversion, own)]
    if left.complete and left.texts:
        gone = {change.path for change in whole.files if change.content is None}
        old = frozenset((*own, *gone, *(change.path for change in conversion.files)))
        tasks += uses.tasks(project, conversion, (outcome, left.again), old)
    return replace(whole, tasks=tuple(tasks))


def _beside(project: Project, conversion: Converted, outcome: Outcome, part: Named) -> Migration:
    """The new files only: where the old way is part of another file, each of its builds is a line to change by hand."""
    command = "; ".join(dict.fromkeys(target.command for target in conversion.targets))
    files = [FileChange(change.path, _action(project, change.path), change.content) for change in conversion.files]
    built = [
        effect.span for world in outcome.worlds for effect in world.effects
        if isinstance(effect, ImageBuilt) and effect.span is not None
    ]  # fmt: skip
    spans = {(span.file, span.line): span for span in built}.values()
    if part.path.endswith(".py"):
        tasks = tuple(rules.PROGRAM_KEPT.at(span, command=command) for span in spans)
    else:
        tasks = tuple(rules.INPUT_STAYS.at(span, name=part.name, command=command) for span in spans)
    return Migration(tuple(files), tasks, Leftover({}, tasks, complete=False))


@dataclass
class _Assembly:
    project: Project
    conversion: Converted
    left: Leftover
    keep_old: bool
    edits: dict[str, list[Edit]] = field(default_factory=dict)
    tasks: list[Diagnostic] = field(default_factory=list)

    def result(self) -> Migration:
        texts: dict[str, str | None] = {change.path: change.content for change in self.conversion.files}
        texts |= self._scripts()
        if self.left.complete and self.left.texts and not self.keep_old:
            for path in self._old_dockerfiles(frozenset(texts)):
                texts[path] = None
            self._ignore_entries(texts)
        self._old_names(frozenset(texts))
        self._folder_builds(frozenset(texts))
        for path, edits in self.edits.items():
            texts[path] = _edited(self.project.text(path) or "", edits)
        files = [FileChange(path, "delete" if text is None else _action(self.project, path), text)
                 for path, text in texts.items()]  # fmt: skip
        tasks = dict.fromkeys((*self.left.tasks, *self.tasks))
        return Migration(tuple(files), tuple(tasks), self.left)

    # --- scripts ----------------------------------------------------------------------------------------------------

    def _scripts(self) -> dict[str, str | None]:
        """The leftover scripts; one of which nothing is left stays when something calls it that cannot be changed."""
        found: dict[str, str | None] = {}
        for path, text in self.left.texts.items():
            if text is None and (self.keep_old or self._is_copied(path) or not self._let_go(path)):
                found[path] = self.left.bare.get(path, text)
                continue
            found[path] = text
        return {path: text for path, text in found.items() if text is not None or not self.keep_old}

    def _let_go(self, script: str) -> bool:
        """Rewrites who calls a script that goes; says whether it can go."""
        changed = frozenset((*self.left.texts, *(change.path for change in self.conversion.files)))
        edits: list[tuple[str, Edit]] = []
        tasks: list[Diagnostic] = []
        blocking: list[Diagnostic] = []
        command = self.conversion.targets[0].command
        for mention in file_mentions(self.project, script, leave_out=changed):
            found = callers.rewritten(mention, script, command) if script == self.conversion.script else None
            entry = _entry(mention, script)
            if found is not None or entry is not None:
                edits += [(mention.path, edit) for edit in (*(found or ()), *((entry,) if entry else ()))]
            elif mention.path.endswith(".dockerignore"):
                continue  # of another folder: the rule is about another file
            elif mention.kind in (Kind.LIST, Kind.IGNORE):
                tasks.append(rules.NAMES_OLD_PART.at(mention.span, name=script))
            elif callers.is_prose(mention):
                tasks.append(rules.CALLS_WHAT_IS_GONE.at(mention.span, path=script, command=command))
            else:
                blocking.append(rules.OLD_FILE_KEPT.at(mention.span, path=script))
        blocking += [
            rules.OLD_FILE_KEPT.at(mention.span, path=script)
            for mention in open_mentions(self.project, script, leave_out=changed)
            if not callers.is_prose(mention)
        ]
        if blocking:
            self.tasks += blocking
            return False
        for path, edit in edits:
            self.edits.setdefault(path, []).append(edit)
        self.tasks += tasks
        return True

    def _is_copied(self, path: str) -> bool:
        """Whether the new Dockerfile itself takes a file in by its name."""
        pattern = rf"(?im)^\s*(copy|add)\s.*(?<![\w.-]){re.escape(posixpath.basename(path))}(?![\w.-])"
        return re.search(pattern, self.conversion.dockerfile) is not None

    # --- Dockerfiles ------------------------------------------------------------------------------------------------

    def _old_dockerfiles(self, changed: frozenset[str]) -> Iterator[str]:
        """The Dockerfiles that nothing reads any more, with their own ignore files."""
        stages = self._stages()
        for path in sorted(stages):
            if path in changed or path in self.left.recipes or path in self.project.links or self._is_copied(path):
                continue
            users = list(self._users(path, changed))
            blocking = [mention for mention in users if not self._follow(mention, path)]
            first = next((mention for mention in blocking if mention.kind not in (Kind.DOCUMENT, Kind.LIST)), None)
            if first is not None:
                self.tasks.append(rules.OLD_FILE_KEPT.at(first.span, path=path))
                continue
            for mention in blocking:
                self.tasks.append(rules.NAMES_OLD_PART.at(mention.span, name=path))
            for mention in file_mentions(self.project, path, leave_out=changed):
                entry = _entry(mention, path)
                if entry is not None:
                    self.edits.setdefault(mention.path, []).append(entry)
            yield path
            if f"{path}.dockerignore" in self.project.files:
                yield f"{path}.dockerignore"

    def _users(self, path: str, changed: frozenset[str]) -> Iterator[Mention]:
        own = frozenset({path, f"{path}.dockerignore", *self._stages()})
        for mention in file_mentions(self.project, path, leave_out=changed | own):
            if mention.kind is not Kind.IGNORE and not mention.line.lstrip().startswith("#"):
                yield mention

    def _folder_builds(self, changed: frozenset[str]) -> None:
        """Builds elsewhere of a folder whose Dockerfile is another one now."""
        own = frozenset((*changed, *self._stages()))
        for mention, edits in implicit.uses(self.project, self._new_build(), own):
            if edits is None:
                self.tasks.append(rules.BUILDS_OLD_FOLDER.at(mention.span, name=mention.name))
            for edit in edits or ():
                self.edits.setdefault(mention.path, []).append(edit)

    def _follow(self, mention: Mention, path: str) -> bool:
        """Whether a line that names an old Dockerfile could be changed to the new one."""
        if mention.kind is not Kind.COMPOSE:
            return False
        edits = compose.rewritten(mention, path, self._new_build())
        for edit in edits or ():
            self.edits.setdefault(mention.path, []).append(edit)
        return edits is not None

    def _stages(self) -> dict[str, str]:
        """The stage that each old Dockerfile of the repository became."""
        return {
            stage.file: stage.name for stage in self.conversion.stages
            if stage.file is not None and stage.file in self.project.files
        }  # fmt: skip

    def _new_build(self) -> compose.NewBuild:
        last = self.conversion.stages[-1].name
        stages = {path: None if stage == last else stage for path, stage in self._stages().items()}
        words = self.conversion.targets[-1].command.split(" ")
        folder = "" if words[-1] == "." else words[-1].strip("\"'")
        return compose.NewBuild(self.conversion.dockerfile_path, folder, stages)

    # --- ignore files and the rest ----------------------------------------------------------------------------------

    def _ignore_entries(self, texts: dict[str, str | None]) -> None:
        """Takes the entries of artifacts out of the ignore files, where nothing else makes a file of that name.

        Out of .gitignore go the lines that ignore an artifact, unless tools make folders of that name as well. Out of
        .dockerignore go those that let one in; one that shuts it out stays, since it keeps what an earlier run of the
        script has left behind out of the image.
        """
        paths = {artifact.workspace_path for artifact in self.conversion.artifacts} - {
            *self.project.files, *self.project.folders,
        }  # fmt: skip
        for name in sorted(self.project.files):
            base = posixpath.basename(name)
            known = base == ".gitignore" or base.endswith(".dockerignore")
            if not known or name in texts or name in self.project.links:
                continue
            sign = "" if base == ".gitignore" else "!"
            folder = posixpath.dirname(name)
            for found in re.finditer(
                rf"(?m)^{sign}/?([^\s!#*?\[]+?)/?[ \t\r]*(?:\n|\Z)", self.project.text(name) or ""
            ):
                path = posixpath.normpath(posixpath.join(folder, found[1]))
                usual = not sign and posixpath.basename(path) in _USUAL
                if path in paths and not usual and not self._is_named_elsewhere(found[1], texts):
                    self.edits.setdefault(name, []).append(Edit(found.start(), found.end()))

    def _is_named_elsewhere(self, name: str, texts: dict[str, str | None]) -> bool:
        old = frozenset((*texts, *self._stages(), self.conversion.dockerfile_path))
        return any(
            mention.kind not in (Kind.DOCUMENT, Kind.IGNORE, Kind.LIST)
            for mention in mentions(self.project, [name], leave_out=old)
        )

    def _old_names(self, changed: frozenset[str]) -> None:
        """Lines elsewhere that name an image which only the old way made."""
        if not self.left.complete or not self.left.texts:
            return
        kept = {tag for target in self.conversion.targets for tag in target.tags}
        images = {stage.image for stage in self.conversion.stages if stage.image} - kept
        # A plain word would be found in every second sentence.
        gone = {image for image in images if re.fullmatch(r"[\w./-]+:[\w.-]+|[\w.-]+/[\w./-]+", image)}
        for mention in mentions(self.project, gone, leave_out=changed | frozenset(self._stages())):
            edited = self.edits.get(mention.path, ())
            if not any(edit.start <= mention.span.start < edit.end for edit in edited):
                self.tasks.append(rules.NAMES_OLD_PART.at(mention.span, name=mention.name))


def _entry(mention: Mention, path: str) -> Edit | None:
    """The removal of the line of an ignore file of a context that is nothing but a file which goes."""
    found = re.fullmatch(r"!?/?([^\s!#*?\[]+?)[ \t\r]*", mention.line)
    if posixpath.basename(mention.path) != ".dockerignore" or found is None:
        return None
    if posixpath.normpath(posixpath.join(posixpath.dirname(mention.path), found[1])) != path:
        return None
    source, number = mention.span.source, mention.span.line
    end = source.line_starts[number] if number < len(source.line_starts) else len(source.text)
    return Edit(source.line_starts[number - 1], end)


def _action(project: Project, path: str) -> Literal["write", "edit"]:
    return "edit" if path in project.files else "write"


def _edited(text: str, edits: list[Edit]) -> str:
    """The text with edits made, from the last to the first."""
    for edit in sorted(set(edits), reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


__all__ = ["Migration", "migration"]
