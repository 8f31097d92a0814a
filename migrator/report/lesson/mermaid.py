"""A flow as text for Mermaid (https://mermaid.js.org/syntax/flowchart.html)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.report.lesson.model import Lane, Shape, said

if TYPE_CHECKING:
    from migrator.report.lesson.catalogue import Catalogue
    from migrator.report.lesson.model import Flow, Node

# What means nothing to Mermaid, to HTML or to Markdown; everything else is written as a character code.
_SAFE = re.compile(r"[^\w .:/@,+=-]")
_HULLS = {
    Shape.FILE: ("[/", "/]"),
    Shape.IMAGE: ("[", "]"),
    Shape.CONTAINER: ("([", "])"),
    Shape.STAGE: ("[[", "]]"),
    Shape.RESULT: ("[", "]"),
}


def mermaid(flow: Flow, words: Catalogue) -> str:
    """The text of a flowchart: host and engine side by side, the same names and arrows as in the picture."""
    lines = ["flowchart TB"]
    for lane in Lane:
        nodes = [node for node in flow.nodes if node.lane is lane]
        lines.append(f"  subgraph {lane}{'_side'} [{_quoted(words.text(said(f'flow.{lane}')))}]")
        lines.extend(f"    {_node(node, words)}" for node in nodes)
        lines.append("  end")
    lines.extend(f"  {edge.start} -->|{_quoted(edge.label)}| {edge.end}" for edge in flow.edges)
    return "\n".join(lines) + "\n"


def _node(node: Node, words: Catalogue) -> str:
    head, tail = _HULLS[node.shape]
    return f'{node.id}{head}"{_escaped(node.title)}<br>{_escaped(words.text(node.detail))}"{tail}'


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    return _SAFE.sub(lambda found: f"#{ord(found[0])};", text)
