"""The story of a conversion in the terminal: which stage was which image, how each artifact travels now, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.report.display import BOLD, FAINT, PLAIN, Palette, visible, width

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.migration.result import Artifact, Converted, LineOrigin


def summary(conversion: Converted) -> str:
    """The conversion in a few lines: the stages, and the commands that replace the script's builds."""
    names = ", ".join(stage.name for stage in conversion.stages)
    lines = [
        f"{conversion.script} -> {conversion.dockerfile_path}: {_count(len(conversion.stages), 'stage')} ({names})"
    ]
    # A command may be several lines of bash; each is indented, and none can start an escape sequence.
    for target in conversion.targets:
        lines.append(f"build {target.stage} with:")
        lines.extend(f"  {visible(line)}" for line in target.command.splitlines())
    return "".join(f"{visible(line)}\n" for line in lines)


def render(conversion: Converted, palette: Palette = PLAIN) -> str:
    """The whole story, as text."""
    sections = (_stages(conversion), _artifacts(conversion), _lines(conversion, palette), _commands(conversion))
    titles = (
        "The images become stages",
        "What the stages hand on",
        "Where each line comes from",
        "How to build it now",
    )
    parts = []
    for title, section in zip(titles, sections, strict=True):
        body = list(section)
        if body:
            parts.append(palette.paint(title, BOLD) + "\n" + "".join(f"  {line}\n" for line in body))
    return "\n".join(parts)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _stages(conversion: Converted) -> Iterator[str]:
    for stage in conversion.stages:
        origin = "added by the conversion" if stage.file is None else f"was {stage.file}"
        image = f", built as {stage.image}" if stage.image else ""
        yield visible(f"{stage.name}: on {stage.base}, {origin}{image}")


def _artifacts(conversion: Converted) -> Iterator[str]:
    added = {stage.name for stage in conversion.stages if stage.file is None}
    for artifact in conversion.artifacts:
        yield visible(f"{artifact.path} of stage {artifact.stage}")
        yield visible(f"  before: {_before(artifact, on_host=artifact.stage in added)}")
        for consumer in artifact.consumers:
            yield visible(
                f"  now: line {consumer.line} takes it straight to {consumer.destination} of {consumer.stage}"
            )
        if not artifact.consumers:
            yield "  now: no image takes it"


def _before(artifact: Artifact, *, on_host: bool) -> str:
    where = f" ({artifact.span.file}:{artifact.span.line})" if artifact.span else ""
    if on_host:
        return f"{artifact.workspace_path or 'the folder'} on the host{where}, and from there into the next build"
    return f"out of a container to {artifact.workspace_path} on the host{where}, then into the next build"


def _lines(conversion: Converted, palette: Palette) -> Iterator[str]:
    texts = [visible(text) for text in conversion.dockerfile.split("\n")]
    origins = {line.number: line for line in conversion.lines}
    column = min(80, max((width(text) for text in texts), default=0))
    for number, text in enumerate(texts, 1):
        origin = origins.get(number)
        if origin is None:
            continue
        blanks = " " * max(0, column - width(text))
        yield f"{number:>3} {text}{blanks}  {palette.paint(_origin(origin), FAINT)}".rstrip()


def _origin(line: LineOrigin) -> str:
    place = "new" if line.file is None else visible(f"{line.file}:{line.line}")
    return f"{place}, {line.rule}" if line.rule else place


def _commands(conversion: Converted) -> Iterator[str]:
    for target in conversion.targets:
        for line in target.command.splitlines():
            yield visible(line)
