"""A flow laid out: two lanes, one row for each thing, and the arrows between them; numbers only, no markup."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

from migrator.report.lesson.model import Lane, Node, Shape

if TYPE_CHECKING:
    from migrator.report.lesson.model import Edge, Flow

_WIDTH, _HEIGHT, _PITCH = 184, 54, 96
_LEFT = {Lane.HOST: 8, Lane.ENGINE: 300}
_TOP = 52
_MARGIN = 14
_LETTERS = 23
_BULGE, _LABEL, _LANE, _NEST = 34, 84, 8, 10


@dataclass(frozen=True)
class Box:
    """A node at its place; `title` is cut to what fits, `node.title` is all of it."""

    node: Node
    x: int
    y: int
    width: int
    height: int
    title: str


@dataclass(frozen=True)
class Arrow:
    """An edge as a path of SVG, and where its label stands; no label where the same one stands beside it."""

    path: str
    label: str
    x: float
    y: float
    anchor: str


@dataclass(frozen=True)
class Frame:
    """A rectangle around what belongs together."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Picture:
    """A whole picture; `middle` is where the border between host and engine is."""

    flow: Flow
    width: int
    height: int
    middle: int
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    frame: Frame | None


def picture(flow: Flow) -> Picture:
    """The flow, laid out."""
    boxes = {node.id: _box(node) for node in flow.nodes}
    labels: set[tuple[str, str]] = set()
    arrows = []
    for edge in flow.edges:
        start, end = boxes[edge.start], boxes[edge.end]
        # Arrows that cross the border to one box end side by side, so that one label does for them.
        again = start.node.lane is not end.node.lane and (edge.end, edge.label) in labels
        arrows.append(_arrow(start, end, edge, shown=not again))
        labels.add((edge.end, edge.label))
    wide = any(_is_on_the_right(boxes[edge.start].node, boxes[edge.end].node) for edge in flow.edges)
    right = _LEFT[Lane.ENGINE] + _WIDTH + (_BULGE + _LABEL if wide else _MARGIN + 2)
    bottom = max(box.y + box.height for box in boxes.values()) + _MARGIN + 8
    middle = (_LEFT[Lane.HOST] + _WIDTH + _LEFT[Lane.ENGINE]) // 2
    return Picture(flow, right, bottom, middle, tuple(boxes.values()), tuple(arrows), _frame(tuple(boxes.values())))


def _box(node: Node) -> Box:
    return Box(node, _LEFT[node.lane], _TOP + node.row * _PITCH, _WIDTH, _HEIGHT, fitting(node.title, _LETTERS))


def fitting(text: str, letters: int) -> str:
    """A name cut in its middle: the end of a path says more than its beginning, and a tag stands at the end.

    A Chinese character takes the place of two letters.
    """
    if sum(map(_letters, text)) <= letters:
        return text
    room = (letters - 1) * 2 // 3
    tail = _within(text[::-1], room)[::-1]
    return f"{_within(text, letters - 1 - sum(map(_letters, tail)))}…{tail}"


def _within(text: str, letters: int) -> str:
    """As much of the beginning of a text as has the room."""
    widths = accumulate(map(_letters, text))
    return "".join(one for one, width in zip(text, widths, strict=True) if width <= letters)


def _letters(one: str) -> int:
    return 2 if east_asian_width(one) in "WF" else 1


def _frame(boxes: tuple[Box, ...]) -> Frame | None:
    """Around the stages of one build."""
    stages = [box for box in boxes if box.node.shape is Shape.STAGE]
    if not stages:
        return None
    top, bottom = min(box.y for box in stages), max(box.y + box.height for box in stages)
    return Frame(stages[0].x - _MARGIN, top - _MARGIN, _WIDTH + 2 * _MARGIN, bottom - top + 2 * _MARGIN)


def _is_far(one: Node, other: Node) -> bool:
    return one.lane is other.lane and abs(one.row - other.row) > 1


def _is_shipped(one: Node, other: Node) -> bool:
    """An arrow that leaves the frame around the stages."""
    return one.shape is Shape.STAGE and other.shape is Shape.RESULT


def _is_on_the_right(one: Node, other: Node) -> bool:
    return _is_far(one, other) and not _is_shipped(one, other)


def _down(start: Box, end: Box, label: str) -> Arrow:
    """Within a lane: straight down, or around what stands between."""
    from_middle, to_middle = start.y + start.height // 2, end.y + end.height // 2
    if _is_on_the_right(start.node, end.node):
        x = start.x + start.width
        bend = x + _BULGE
        path = f"M {x} {from_middle} C {bend} {from_middle} {bend} {to_middle - 10} {x} {to_middle - 10}"
        return Arrow(path, label, bend - 4, (from_middle + to_middle) / 2, "start")
    if _is_far(start.node, end.node):
        # Images leave on the left, where the host has nothing; those of one build nest, the farthest outside.
        x, out = start.x, _BULGE + (end.node.row - start.node.row - 2) * _NEST
        bend = x - out
        path = f"M {x} {from_middle} C {bend} {from_middle} {bend} {to_middle} {x} {to_middle}"
        return Arrow(path, label, x - out * 0.75 - 6, (from_middle + to_middle) / 2 + 4, "end")
    x, y = start.x + start.width // 2, start.y + start.height
    # Where the frame is crossed, the label stands below its border.
    top = y + _MARGIN if _is_shipped(start.node, end.node) else y
    return Arrow(f"M {x} {y} L {x} {end.y}", label, x + 8, (top + end.y) / 2 + 4, "start")


def _arrow(start: Box, end: Box, edge: Edge, *, shown: bool) -> Arrow:
    label = edge.label if shown else ""
    from_middle, to_middle = start.y + start.height // 2, end.y + end.height // 2
    if start.node.lane is end.node.lane:
        return _down(start, end, label)
    leftwards = start.x > end.x
    x1, x2 = (start.x, end.x + end.width) if leftwards else (start.x + start.width, end.x)
    if start.node.row == end.node.row:
        # A stage has a frame around it, which the label must not touch.
        edge_of_box = x2 - _MARGIN if end.node.shape is Shape.STAGE else x2
        return Arrow(
            f"M {x1} {from_middle} L {x2} {to_middle}", label, (x1 + edge_of_box) / 2, from_middle - 8, "middle"
        )
    if not leftwards and end.node.row > start.node.row:
        # Into the top of the box: its side belongs to the Dockerfile that it is built from.
        x2, to = end.x + 34, end.y
        if end.node.row == start.node.row + 1:
            x1, y1 = x1 - 40, start.y + start.height
            path = f"M {x1} {y1} C {x1} {y1 + 34} {x2} {to - 34} {x2} {to}"
        else:
            # Down along the border, where there is no box in the way.
            x1, y1, lane = x1 - 20, start.y + start.height, x1 + _LANE
            path = (
                f"M {x1} {y1} C {x1} {y1 + 16} {lane} {y1 + 10} {lane} {y1 + 30} "
                f"L {lane} {to - 44} C {lane} {to - 14} {x2} {to - 34} {x2} {to}"
            )
        return Arrow(path, label, x2 + 8, to - 12, "start")
    half = (x1 + x2) / 2
    return Arrow(
        f"M {x1} {from_middle} C {half} {from_middle} {half} {to_middle} {x2} {to_middle}",
        label, half, (from_middle + to_middle) / 2 - 8, "middle",
    )  # fmt: skip
