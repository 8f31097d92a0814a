"""Bash's own printing of a function (`declare -f`) has the same tree as the text that was written.

Bash lays the text out anew: other line ends, other separators, `elif` as a nested `if`, descriptors written out. So
two different texts go through the lexer, and bash vouches that they mean the same.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from shell_dump import outline

from migrator.shell import build
from migrator.shell.parse import parse
from migrator.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable

TABLE = Path(__file__).with_name("constructs.txt").read_text(encoding="utf-8").split("\n----\n")
FRAGMENTS = [
    path.read_bytes().decode().partition("\n--- tree ---\n")[0]
    for path in sorted((Path(__file__).parents[1] / "fragments" / "shell").glob("*.txt"))
]
SCRIPTS = [text for text in dict.fromkeys([*TABLE, *FRAGMENTS]) if "\0" not in text]
READING = {"<", "<<", "<<-", "<<<", "<&", "<>"}

# The script, and why the printed text does not have the tree of the written one.
DIVERGENCES = {
    "a |& b": "bash prints what it does, `2>&1 |`",
    ">f if": "bash prints the redirection last, so that `if` becomes a reserved word",
    "a\\\n=b": "bash takes the name from behind the joined lines; we take this for a command, which nobody writes",
    "time -p\nb": "bash times nothing; here `time` is a command name then",
    next(text for text in FRAGMENTS if text.startswith("if a; then cat <<A; fi")): "bash prints the body too late",
    next(text for text in FRAGMENTS if text.startswith("a | b |& c")): "bash prints what it does, `2>&1 |`",
}


def printed_by_bash(text: str) -> str | None:
    """The function as bash prints it, or None where bash does not take it."""
    command = ["bash", "-O", "extglob", "-c", 'eval "$1" && declare -f layout', "bash", text]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return None if done.returncode or done.stderr else done.stdout


def tree(text: str) -> object:
    """The outline of a text, with what bash normalises normalised."""
    return normal(outline(parse(Source("x", text)).body))


def normal(node: object) -> object:
    if not isinstance(node, tuple):
        return node
    node = tuple([normal(item) for item in node])
    if len(node) == 2 and node[0] in NORMAL:
        values = dict(node[1])
        NORMAL[node[0]](values)
        return node[0], tuple(values.items())
    return node


def sequence(*commands: object) -> object:
    return "Sequence", (("commands", commands),)


def nest_elif(values: dict[str, object]) -> None:
    branches = values["branches"]
    assert isinstance(branches, tuple)
    if len(branches) > 1:
        rest = {"branches": branches[1:], "otherwise": values["otherwise"], "redirects": ()}
        nest_elif(rest)
        values |= {"branches": branches[:1], "otherwise": sequence(("If", tuple(rest.items())))}


def write_descriptor(values: dict[str, object]) -> None:
    if values["descriptor"] is None and values["operator"] not in {"&>", "&>>"}:
        values["descriptor"] = 0 if values["operator"] in READING else 1


def write_words(values: dict[str, object]) -> None:
    if values["words"] is None:
        values["words"] = written('for x in "$@"; do :; done', "words")


def write_parts(values: dict[str, object]) -> None:
    for name in ("first", "condition", "step"):
        values[name] = values[name] or written("for ((1; 1; 1)); do :; done", name)


def group_body(values: dict[str, object]) -> None:
    body = values["body"]
    assert isinstance(body, tuple)
    if body[0] != "Group":
        values["body"] = "Group", (("body", sequence(body)), ("redirects", ()))


def written(text: str, field: str) -> object:
    return outline(getattr(parse(Source("x", text)).body.commands[0], field))


NORMAL: dict[object, Callable[[dict[str, object]], None]] = {
    "If": nest_elif,
    "Redirect": write_descriptor,
    "For": write_words,
    "Select": write_words,
    "ArithmeticFor": write_parts,
    "Function": group_body,
}
FUNCTIONS = {text: f"layout() {{\n{text}\n}}" for text in SCRIPTS}
PRINTED = {text: printed for text, function in FUNCTIONS.items() if (printed := printed_by_bash(function)) is not None}


def test_bash_prints_most_of_them() -> None:
    assert len(PRINTED) > 300
    assert set(DIVERGENCES) <= set(PRINTED)


@pytest.mark.parametrize("text", PRINTED)
def test_both_layouts_have_one_tree(text: str) -> None:
    same = tree(FUNCTIONS[text]) == tree(PRINTED[text])
    assert same is (text not in DIVERGENCES)


def test_a_planted_fault_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the `else` behind an `elif` is dropped, the two layouts differ."""
    text = "layout() {\nif a; then b; elif c; then d; else e; fi\n}"
    printed = printed_by_bash(text)
    assert printed is not None
    assert tree(text) == tree(printed)
    monkeypatch.setattr(build, "_flattened", lambda nodes: [*nodes[:8], nodes[-1]])
    assert tree(text) != tree(printed)
