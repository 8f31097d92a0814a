"""A YAML file as a tree whose nodes know their place in the file: the one door to ruamel.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from migrator.frontends.make.holes import TroubleError
from migrator.rules import inputs as rules
from migrator.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.project import Project
    from migrator.source import Span

_DEEPEST = 20
_NUMBERS = ("tag:yaml.org,2002:float", "tag:yaml.org,2002:int")


@dataclass(frozen=True)
class Item:
    """One node of a file: `node` is ruamel's, of whose kinds (`id`) it only matters which of three it is."""

    node: Any
    source: Source

    @property
    def span(self) -> Span:
        """The node's place; a block ends with its last character, not with the blank lines behind it."""
        start, end = self.node.start_mark.index, self.node.end_mark.index
        return self.source.span(start, max(start, start + len(self.source.text[start:end].rstrip())))

    @property
    def is_map(self) -> bool:
        """Whether it has keys."""
        return bool(self.node.id == "mapping")

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return bool(self.node.id == "sequence")

    @property
    def is_text(self) -> bool:
        """Whether it is a single value that is not null."""
        return bool(self.node.id == "scalar" and self.node.tag != "tag:yaml.org,2002:null")

    @property
    def style(self) -> str:
        """How a single value is written: `|`, `>`, a quote, or nothing."""
        return str(self.node.style or "") if self.node.id == "scalar" else ""

    @property
    def tag(self) -> str:
        """The kind of value that the file itself or YAML's rules say it is."""
        return str(self.node.tag)

    @property
    def text(self) -> str:
        """A single value as text; the empty text for anything else.

        Raises TroubleError for a number that a program writes in another way than the file does, such as 1.10.
        """
        if not self.is_text:
            return ""
        text = str(self.node.value)
        if self.tag in _NUMBERS and not self.style and text not in (_number(text), f"+{_number(text)}"):
            reason = "YAML takes it for a number, of which another text is made; quote it"
            raise TroubleError(rules.NOT_KNOWN_WHEN_READ.at(self.span, what=text, reason=reason))
        return text

    def pairs(self) -> list[tuple[Item, Item]]:
        """The keys and values, those that `<<` brings in among them."""
        found = {key.node.value: (key, value) for key, value in self._pairs(0)}
        return list(found.values())

    def _pairs(self, depth: int) -> Iterator[tuple[Item, Item]]:
        if not self.is_map or depth > _DEEPEST:
            return
        own = [(Item(key, self.source), Item(value, self.source)) for key, value in self.node.value]
        for key, value in own:
            if key.tag == "tag:yaml.org,2002:merge":
                # Of several, the first wins (https://yaml.org/type/merge.html).
                for one in reversed(value.items() if value.is_list else [value]):
                    yield from one._pairs(depth + 1)  # noqa: SLF001
        yield from (pair for pair in own if pair[0].tag != "tag:yaml.org,2002:merge")

    def items(self) -> list[Item]:
        """The entries of a list; nothing for anything else."""
        return [Item(node, self.source) for node in self.node.value] if self.is_list else []

    def get(self, *names: str) -> Item | None:
        """What stands under a key, a key of that, and so on."""
        found: Item | None = self
        for name in names:
            found = next((value for key, value in found.pairs() if key.node.value == name), None) if found else None
        return found

    def value(self, *names: str) -> str:
        """The single value under a key, or the empty text."""
        found = self.get(*names)
        return found.text if found is not None else ""

    def flat(self, depth: int = 0) -> list[Item]:
        """The single values of a list of lists, or this one."""
        if self.is_list and depth < _DEEPEST:
            return [one for item in self.items() for one in item.flat(depth + 1)]
        return [self] if self.is_text else []


def _number(text: str) -> str:
    try:
        return str(int(text)) if text.lstrip("+-").isdigit() else str(float(text))
    except ValueError:
        return ""


def tree(project: Project, path: str) -> Item:
    """The top of a YAML file; raises TroubleError when it is none."""
    # It takes longer to load than most scripts to convert, and most repositories are read without it.
    from ruamel.yaml import YAML  # noqa: PLC0415
    from ruamel.yaml.error import MarkedYAMLError, YAMLError  # noqa: PLC0415

    source = Source(path, project.text(path) or "")
    start = source.span(0, len(source.line_text(1)))
    try:
        node = YAML(typ="safe", pure=True).compose(source.text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        span = source.span(mark.index, mark.index) if mark is not None else start
        raise TroubleError(rules.NOT_READABLE.at(span, reason=error.problem or "it is no YAML")) from error
    except YAMLError as error:
        raise TroubleError(rules.NOT_READABLE.at(start, reason="it is no YAML")) from error
    if node is None or node.id != "mapping":
        raise TroubleError(rules.NOT_READABLE.at(start, reason="it is no map of YAML"))
    return Item(node, source)


def not_followed(item: Item, what: str, advice: str) -> TroubleError:
    """The refusal of something that the file uses."""
    return TroubleError(rules.NOT_SUPPORTED.at(item.span, what=what, advice=advice))
