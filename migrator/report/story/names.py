"""How the things of a run are called when one tells about them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.dockerfile.parse import parse as parse_dockerfile
from migrator.report.shown import shown, shown_path
from migrator.trace.images import Built, Extended, External, root_of
from migrator.trace.render import word
from migrator.trace.symbols import is_known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from migrator.interpret.run import Outcome
    from migrator.source import Span
    from migrator.trace.images import Container, Image

LONGEST = 72
_MOST = 3


@dataclass(frozen=True)
class Names:
    """The names of one run."""

    outcome: Outcome

    def value(self, text: str) -> str:
        """A value, cut where it is long."""
        return short(shown(self.outcome, text))

    def path(self, path: str) -> str:
        """A path of the host, from the repository's root."""
        return shown_path(self.outcome, path)

    def paths(self, paths: Sequence[str]) -> str:
        """Some paths of the host, the first few of many."""
        return several([self.path(path) for path in paths])

    def folder(self, path: str) -> str:
        """A folder of the host."""
        return "the repository" if path == self.outcome.root else f"the folder {self.path(path)}"

    def command(self, words: Sequence[str]) -> str:
        """A command line, in the signs that set it off."""
        symbols = self.outcome.symbols
        texts = [word(text, symbols) if is_known(text) else shown(self.outcome, text) for text in words]
        return f"`{short(' '.join(texts).replace(chr(10), ' '))}`"

    def image(self, image: Image, names: Mapping[str, Image]) -> str:
        """An image by a name that it has at this moment, or by the line that made it."""
        own = next((name for name, one in names.items() if one is image and is_known(name)), None)
        if isinstance(image, External):
            return self.value(image.name)
        if isinstance(image, Built) and image.tags:
            return self.value(image.tags[0])
        if own is not None:
            return self.value(own)
        root = root_of(image)
        if isinstance(image, Extended):
            return self.image(root, names)
        return f"of line {root.span.line}" if isinstance(root, Built) else self.value(root.name)

    def container(self, container: Container) -> str:
        """A container: by its name, or by the line that made it."""
        if container.name:
            return f"the container {self.value(container.name)}"
        return f"the container of line {container.span.line}"

    def bases(self, built: Built) -> str:
        """What the Dockerfile of a build stands on."""
        stages = parse_dockerfile(built.recipe).stages
        names = {stage.name for stage in stages if stage.name}
        found = dict.fromkeys(stage.image for stage in stages if stage.image.lower() not in names)
        return several([self.value(name) for name in found])


def several(texts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`; of many the first few."""
    if len(texts) > _MOST + 1:
        return f"{', '.join(texts[:_MOST])} and {len(texts) - _MOST} more"
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def short(text: str) -> str:
    """Text on one line, its end left out where it is long."""
    text = re.sub(r"\s+", " ", text).strip()
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


def source(span: Span) -> str:
    """A piece of the script as it is written, in the signs that set it off."""
    return f"`{short(span.text)}`"
