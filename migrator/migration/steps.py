"""Steps of a container or of the host as Dockerfile lines."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.commands.docker.contents import SHELL, is_bare
from migrator.commands.workshop import printed_text
from migrator.dockerfile.edit import copy_line, json_form, literal, source_word
from migrator.migration.arguments import symbols_in, with_variables
from migrator.migration.blocks import Block
from migrator.migration.caches import cache_flags
from migrator.migration.folders import FolderPlanner, empty_folders, is_hollow
from migrator.migration.nesting import any_loses_mode, is_link, loses_mode, sets_mode
from migrator.migration.quoting import env_value, grouped_text, quoted, same_user, with_quotes
from migrator.migration.takes import CannotError, NoShellError, Take
from migrator.migration.tracked import Line
from migrator.rules import plan as rules
from migrator.trace.images import ConfigStep, CopyStep, Extended, External, RunStep
from migrator.trace.render import described
from migrator.trace.symbols import characters_in
from migrator.trace.workspace import (
    Carried,
    Folder,
    Link,
    Mystery,
    Overlay,
    Packed,
    RepoFile,
    Written,
    known_names,
    overlays_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from migrator.diagnostics import Diagnostic
    from migrator.migration.arguments import Arguments
    from migrator.migration.layout import Planner
    from migrator.source import Span
    from migrator.trace.images import Image, Step
    from migrator.trace.workspace import Node


_SHELL_C = 3  # a shell, -c and its text
_NOWHERE = frozenset({"place", "container", "image", "words", "glob", "unknown"})  # no ARG yields them


class UnknownValueError(Exception):
    """A value that cannot be carried over would reach the file."""

    def __init__(self, name: str, span: Span | None) -> None:
        super().__init__(name)
        self.name, self.span = name, span


@dataclass
class StageWriter:
    """Writes the steps of one block; `stage_of` names the stage of an image, `repo` a path of the checkout.

    `taken` are the paths that are copied out of stages, where caches are to be mounted; None where they are not.
    """

    block: Block
    arguments: Arguments
    planner: Planner
    stage_of: Callable[[Image], str]
    repo: Callable[[str], str]
    workdir: str | None = None
    user: str = ""
    home: tuple[str | None, str] = (None, "")
    environment: dict[str, str] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()
    one_environment: bool = True
    one_folder: bool = True
    taken: tuple[str, ...] | None = None
    kept: list[tuple[Span, str]] = field(default_factory=list)
    problems: list[Diagnostic] = field(default_factory=list)
    source: str | None = None
    lines: list[Line] = field(default_factory=list)
    shell: tuple[str, ...] = SHELL

    def write(self, steps: Iterable[Step]) -> list[Line]:
        """The lines of some steps, with the ARGs that they need in front."""
        steps = list(steps)
        runs = [step for step in steps if isinstance(step, RunStep) and not step.is_host_work]
        self.one_folder = len({step.folder for step in runs}) <= 1
        for step in steps:
            match step:
                case RunStep():
                    self._run(step)
                case CopyStep():
                    self._copy(step)
                case ConfigStep():
                    if step.instruction.startswith("SHELL "):
                        self._run_by_sh(step.span)
                    else:
                        self._add(step.instruction, step.span)
        characters = symbols_in(line.text for line in self.lines)
        head = [Line(self.arguments.declaration(character), rule=rules.VALUE_DECLARED.code) for character in characters]
        return [
            *head,
            *(Line(with_variables(line.text, self.arguments), line.file, line.line, line.rule) for line in self.lines),
        ]

    def _add(self, text: str, span: Span) -> None:
        self.check(text, span)
        if text.startswith("RUN ") and not text.startswith("RUN ["):
            if is_bare(self.block.image):
                raise NoShellError
            self._run_by_sh(span)
        self.lines.append(Line(text, span.file, span.line, rules.STEP_LIFTED.code))

    def _run_by_sh(self, span: Span) -> None:
        """Lets RUN have sh: a Dockerfile's own shell (bash -l, pipefail) is not what ran the script's commands."""
        if self.shell != SHELL:
            self.shell = SHELL
            self.lines.append(Line(f"SHELL {json_form(SHELL)}", span.file, span.line, rules.STEP_LIFTED.code))

    def check(self, text: str, span: Span) -> None:
        """Raises UnknownValueError when the text holds a value that nothing can yield."""
        for character in characters_in(text):
            symbol = self.arguments.symbols[character]
            if symbol.shell is None or symbol.kind.value in _NOWHERE:
                raise UnknownValueError(described(symbol), symbol.because or span)

    # --- RUN ----------------------------------------------------------------------------------------------

    def _run(self, step: RunStep) -> None:
        if step.beyond is not None:
            raise UnknownValueError(step.beyond, step.span)
        self._run_by_sh(step.span)
        self._make_caches(step)
        ready = self._make_output(step)
        self._be(step.user, step.span)
        if step.is_long:
            self._run_long(step)
            return
        exported = self._exporting(step)  # first: what becomes ENV here is not to be hidden
        text = self._hiding(step) + exported + self._command(step)
        text = self._in_folder(step, text)
        mounts = self._mounts(step)
        if step.input is not None:
            text = f"{grouped_text(text, pipes=True)} < {step.input}"
        if step.output is not None:
            text = f"{ready}{grouped_text(text)} > {step.output}"
        if text.startswith(("[", "--")):
            text = f"true && {text}"  # a bracket would begin a JSON array, and dashes a flag
        clean = f"rm -r {posixpath.dirname(step.input)}" if step.input is not None else ""
        if clean and same_user(self.user, ""):
            text, clean = f"{text} && {clean}", ""
        self._add(f"RUN {mounts}{text}", step.span)
        if clean:
            self._be("root", step.span)
            self._add(f"RUN {clean}", step.span)

    def _run_long(self, step: RunStep) -> None:
        """A shell's text of several lines: as a JSON array it reaches the shell as it is, on every builder."""
        words = step.words if step.line is None else (*SHELL, step.line)
        name = posixpath.basename(words[0])
        if (
            (step.input or step.output) is not None
            or name not in ("sh", "bash", "ash", "dash")
            or len(words) < _SHELL_C
        ):
            raise UnknownValueError("a command of several lines", step.span)
        if words[-2][:1] != "-" or not words[-2].endswith("c") or any("\n" in word for word in words[:-1]):
            raise UnknownValueError("a command of several lines", step.span)
        exported = self._exporting(step)
        before = self._in_folder(step, self._hiding(step) + exported).removesuffix(" && ")
        text = with_quotes(words[-1])
        self._add(
            f"RUN {self._mounts(step)}{json_form([*words[:-1], f'{before}{chr(10)}{text}' if before else text])}",
            step.span,
        )

    def _mounts(self, step: RunStep) -> str:
        """The flags for the caches of a command; `kept` remembers which they are."""
        if self.taken is None:
            return ""
        found = cache_flags(step, self.user, self.taken)
        self.kept.extend((step.span, target) for target in found)
        return "".join(f"{flag} " for flag in found.values())

    def _make_caches(self, step: RunStep) -> None:
        """A mount made its folder, as root: a command that names one needs it where nothing is mounted."""
        user = step.user if step.user is not None else self.home[1]
        kept = cache_flags(step, user, self.taken) if self.taken is not None else {}
        text = step.text
        named = [quoted(target) for target in step.caches if target not in kept and target in text]
        if named:
            self._be("root", step.span)
            self._add(f"RUN mkdir -p {' '.join(named)}", step.span)

    def _make_output(self, step: RunStep) -> str:
        """The folder that output goes to: made with the command, or before it where another user runs that."""
        if step.output is None:
            return ""
        folder = posixpath.dirname(step.output)
        if same_user(step.user if step.user is not None else self.home[1], ""):
            return f"mkdir -p {folder} && "
        self._be("root", step.span)
        self._add(f"RUN mkdir -p -m 777 {folder}", step.span)
        return ""

    def _hiding(self, step: RunStep) -> str:
        """What a container never saw: the stage's ARGs are in the environment of its RUNs.

        Measured: BuildKit hands them on even to a stage that continues this one.
        """
        if step.is_host_work:
            return ""  # the work is a file command of ours, which reads no variable
        names = [name for name in self.hidden if name not in self.environment]
        return f"unset {' '.join(names)} && " if names else ""

    def _exporting(self, step: RunStep) -> str:
        """The container's own variables: as ENV where all its commands have them, else for this one command."""
        if self.one_environment:
            for name, value in step.environment:
                if self.environment.get(name) != value:
                    self.environment[name] = value
                    self._add(f"ENV {name}={env_value(value)}", step.span)
            return ""
        pairs = " ".join(f"{name}={quoted(value)}" for name, value in step.environment)
        return f"export {pairs} && " if pairs else ""

    def _command(self, step: RunStep) -> str:
        if step.line is not None and step.is_host_work:
            return step.line
        words = step.words if step.line is None else (*SHELL, step.line)
        if len(words) == _SHELL_C and words[:2] in (("sh", "-c"), SHELL):
            return with_quotes(words[2])
        return " ".join(quoted(word) for word in words)

    def _in_folder(self, step: RunStep, text: str) -> str:
        folder = step.folder if step.folder is not None else self.home[0]
        if folder is None or folder == self.workdir or (step.folder is None and step.is_host_work):
            return text  # our own commands name every path in full, unless they say where they run
        known = self.home[0] is not None or self.one_folder or step.is_host_work
        if step.folder is None or (folder.startswith("/") and known):
            self.workdir = folder
            self._add(f"WORKDIR {folder}", step.span)
            return text
        return f"cd {quoted(folder)} && {text}"

    def _be(self, user: str | None, span: Span) -> None:
        wanted = user if user is not None else self.home[1]
        unsaid = user == "0" and self.user == ""  # root was asked for, and the base may have another user
        if same_user(wanted, self.user) and not unsaid:
            return
        wanted = "root" if same_user(wanted, "") else wanted
        self.user = wanted
        self._add(f"USER {wanted or 'root'}", span)

    # --- COPY ---------------------------------------------------------------------------------------------

    def _copy(self, step: CopyStep) -> None:
        self.owners, self.source = step.owners, step.destination if step.source else None
        self._put(step.node, step.destination, step.span)

    def _put(self, node: Node, place: str, span: Span) -> None:
        self._be("root", span)  # docker cp and the host's own work are root's, whoever the image belongs to
        match node:
            case RepoFile():
                self._context((node.path,), place, span)
            case Carried():
                self._carried(node, place, span)
            case Written():
                self._written(node, place)
            case Mystery():
                raise UnknownValueError(node.what, node.because)
            case Link():
                self._add(
                    f"RUN mkdir -p {quoted(posixpath.dirname(place))} && ln -s {quoted(node.target)} {quoted(place)}",
                    span,
                )
            case Packed():
                self._packed(node)
            case Folder():
                self._folder(node, place, span)

    def _context(self, paths: tuple[str, ...], place: str, span: Span) -> None:
        sources = [source_word(self.repo(path)) for path in paths]
        self._add(copy_line(sources, literal(place)), span)

    def _carried(self, node: Carried, place: str, span: Span) -> None:
        stage = self.stage_of(node.image)
        continues = isinstance(self.block.root, Block) and self.block.root.name == stage
        if stage == self.block.name or (continues and is_link(node)):
            self._add(
                f"RUN mkdir -p {quoted(posixpath.dirname(place))} && cp -a {quoted(node.path)} {quoted(place)}",
                span,
            )
            return
        if is_link(node) and not self.source:
            raise UnknownValueError(f"a link that COPY follows, {node.path}", node.span)
        chown = None if self.owners else "0:0"
        self._add(copy_line([source_word(node.path)], literal(place), from_=stage, chown=chown), span)
        # Not for its content, which goes into a folder of the host's, nor for what is only copied from there.
        whole = not node.path.endswith("/") and place != self.source
        if whole and (continues or self._is_workshop()) and loses_mode(self.planner.project, node):
            self._keep_mode(node, place, span)

    def _is_workshop(self) -> bool:
        return isinstance(self.block.image, Extended) and self.block.image.workshop

    def _keep_mode(self, node: Carried | Overlay, place: str, span: Span) -> None:
        """The mode of a folder, which COPY loses, read where the stage continues the one that the folder is from."""
        root = self.block.root
        if not isinstance(root, Block) or root.name != self.stage_of(node.image):
            self.problems.append(rules.FOLDER_MODE.at(span, path=node.path))
        self._add(f'RUN chmod "$(stat -c %a {quoted(node.path)})" {quoted(place)}', span)

    def _written(self, node: Written, place: str) -> None:
        if not isinstance(self.block.root, External) or self.block.root.name != "scratch":
            text = node.text
            self.check(text, node.span)
            make = (
                f"mkdir -p {quoted(posixpath.dirname(place))} && " if posixpath.dirname(place) not in ("/", "") else ""
            )
            mode = f" && chmod {node.mode:04o} {quoted(place)}" if node.mode != 0o644 else ""
            self._add(f"RUN {make}{printed_text(text)} > {quoted(place)}{mode}", node.span)
            return
        raise CannotError

    def _packed(self, node: Packed) -> None:
        raise UnknownValueError("an archive that the script makes", node.span)

    def _folder(self, node: Folder, place: str, span: Span) -> None:
        if node.origin is not None:
            self._context((node.origin,), place.rstrip("/") + "/", span)
            return
        if is_hollow(node) and self._has_no_shell():
            for take in empty_folders(node, place):
                self._add(f"WORKDIR {take.destination}", span)
            return
        if not (known_names(node) or overlays_of(node)):
            self._add(
                f"RUN mkdir -p {quoted(place)}"
                + (f" && chmod {node.mode:04o} {quoted(place)}" if node.mode != 0o755 else ""),
                span,
            )
            return
        takes = self._takes_of(node, place)
        for take in takes or ():
            self._take(take, span)
        if takes is None:
            self._layer_by_layer(node, place, span)
        if node.mode != 0o755:
            self._add(f"RUN chmod {node.mode:04o} {quoted(place)}", span)

    def _takes_of(self, node: Folder, place: str) -> list[Take] | None:
        """The COPYs that bring a folder's content, or None where it has to be laid out layer by layer."""
        if self._is_workshop() and any_loses_mode(self.planner.project, node):
            return None
        try:
            # What an ignore file kept out is not in the tree any more, and a mount goes by none.
            return FolderPlanner(self.planner.project).folder(node, place.rstrip("/") + "/", "")
        except CannotError:
            return None

    def _has_no_shell(self) -> bool:
        return isinstance(self.block.root, External) and self.block.root.name == "scratch"

    def _take(self, take: Take, span: Span) -> None:
        if not take.paths:
            self._add(f"{'WORKDIR' if self._has_no_shell() else 'RUN mkdir -p'} {quoted(take.destination)}", span)
            return
        if take.image is None:
            self._context(take.paths, take.destination, span)
            return
        for path in take.paths:
            self._carried_path(take.image, path, take.destination, span)

    def _carried_path(self, image: Image, path: str, place: str, span: Span) -> None:
        self._carried(Carried(image, path, span), place, span)

    def _layer_by_layer(self, node: Folder, place: str, span: Span) -> None:
        for index, layer in enumerate(node.layers):
            if isinstance(layer, Overlay):
                self._carried_path(layer.image, layer.path.rstrip("/") + "/", place.rstrip("/") + "/", span)
                if self._is_workshop() and sets_mode(self.planner.project, node, index):
                    self._keep_mode(layer, place, span)
                continue
            for name, below in sorted(layer.names.items()):
                there = posixpath.join(place, name)
                if below is None:
                    self._add(f"RUN rm -rf {quoted(there)}", span)
                else:
                    self._put(below, there, span)


__all__ = ["StageWriter", "UnknownValueError"]
