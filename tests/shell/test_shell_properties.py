"""What holds for any text at all: a script comes out, its spans are true, and its size bounds the work."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shell_dump import children, opaques, outline, walk

from migrator.shell import syntax
from migrator.shell.cursor import MAX_DEPTH, Closer, Cursor, Job, NotShellError
from migrator.shell.documents import read_documents
from migrator.shell.expansions import read_expansion
from migrator.shell.lexer import Lexer
from migrator.shell.mask import mask
from migrator.shell.parse import FIRST_RESERVED, _read_commands, parse, parse_word
from migrator.shell.syntax import HereDocument, Literal, Script, Sequence, Simple, Word
from migrator.shell.view import view_of
from migrator.source import Source, Span
from migrator.trace.symbols import FIRST

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

PIECES = [
    "a", "b c", " ", "\n", "\t", "\\", "\\\n", "\r\n", "'", '"', "`", "$", "$x", "${", "${x:-", "}", "$(", "$((",
    "))", ")", "(", "((", "[[ ", " ]]", "{ ", "; }", ";", ";;", "&", "&&", "||", "|", "|&", "<", ">", ">>", "2>&1",
    "<<E\n", "\nE\n", "<<-'E'", "<<<", "<(", "#", "# c\n", "!", "! ", "if ", "; then ", "else ", "elif ", "; fi",
    "for x in ", "; do ", "; done", "while ", "until ", "case x in ", "a) ", ";; ", "esac", "select ", "function f ",
    "f() ", "time ", "coproc ", "x=", "a=(", "a[0]=", "+=", "=~ ", "==", "*", "@(", "$'", "\ufeff", "é", "\0",
    "\U00100000", "do", "in", "1>", "{fd}>", "]", "[", "=",
]  # fmt: skip
SHELL_LIKE = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)
TEXTS = st.one_of(SHELL_LIKE, st.text(max_size=60))
OURS = tuple([kind for kind in vars(syntax).values() if isinstance(kind, type) and kind.__module__ == syntax.__name__])
MAY_BE_EMPTY = (Word, Sequence, Literal, HereDocument)


@settings(max_examples=1500, deadline=None)
@given(TEXTS)
@example("a &\n& b")
@example("$((`a`) )")
def test_any_text_gives_a_script_of_our_own_nodes(text: str) -> None:
    script = parse(Source("x", text))
    assert isinstance(script, Script)
    for node in walk(script.body):
        assert isinstance(node, OURS)
    assert bool(opaques(script)) <= bool(script.diagnostics)


@settings(max_examples=1500, deadline=None)
@given(TEXTS)
def test_spans_are_true(text: str) -> None:
    script = parse(Source("x", text))
    assert script.body.span == Source("x", text).whole
    inside(script.body, script.body.span)
    for found in script.diagnostics:
        assert found.span is not None
        assert 0 <= found.span.start <= found.span.end <= len(text)


def inside(node: object, around: Span) -> None:
    """Every node is inside the one that holds it; only a here-document stands further down."""
    span = getattr(node, "span", None)
    if isinstance(span, Span):
        assert 0 <= span.start <= span.end <= len(span.source.text)
        assert span.start < span.end or isinstance(node, MAY_BE_EMPTY), node
        if not isinstance(node, HereDocument):
            assert around.start <= span.start, node
            assert span.end <= around.end, node
        around = span
    for child in children(node):
        inside(child, around)


@settings(max_examples=500, deadline=None)
@given(SHELL_LIKE)
def test_the_statement_before_is_never_lost(text: str) -> None:
    if "\0" in text or any(ord(character) >= FIRST for character in text):
        return
    first = parse(Source("x", f"docker build .\n{text}")).body.commands[0]
    assert isinstance(first, Simple)
    assert [word.literal for word in first.words] == ["docker", "build", "."]


@settings(max_examples=500, deadline=None)
@given(SHELL_LIKE)
def test_statements_come_in_order_and_do_not_overlap(text: str) -> None:
    end = 0
    for command in parse(Source("x", text)).body.commands:
        assert command.span.start >= end
        end = command.span.end


@settings(max_examples=500, deadline=None)
@given(SHELL_LIKE)
def test_a_mask_is_as_long_as_its_statement_and_plain(text: str) -> None:
    view = view_of(Source("x", text))
    job = Job(_read_commands, read_expansion, read_documents)
    try:
        statements = Lexer(Cursor(job, view), Closer.END).read()
    except NotShellError:
        return
    for statement in statements:
        if statement.problem is None:
            hidden = mask(statement)
            assert len(hidden.text) == statement.tokens[-1].end - statement.tokens[0].start
            assert set(hidden.text) <= set("abcdefghijklmnopqrstuvwxyz(){}[];&|>! ")


@given(st.text("abcXYZ019./_-+:,%@^", min_size=1))
def test_a_plain_word_is_its_own_text(text: str) -> None:
    command = parse(Source("x", f"echo {text}")).body.commands[0]
    assert isinstance(command, Simple)
    word = command.words[1]
    assert (word.literal, word.span.text) == (text, text)


@given(st.text(min_size=1).filter(lambda text: not set(text) & {"'", "\0", "\r"} and max(map(ord, text)) < FIRST))
def test_single_quotes_keep_everything(text: str) -> None:
    command = parse(Source("x", f"echo '{text}'")).body.commands[0]
    assert isinstance(command, Simple)
    assert command.words[1].parts == (Literal(command.words[1].span, text, quoted=True),)


@settings(max_examples=300, deadline=None)
@given(SHELL_LIKE.filter(lambda text: "\r" not in text and "\\" not in text))
def test_carriage_returns_change_no_tree(text: str) -> None:
    plain = parse(Source("x", text))
    carried = parse(Source("x", text.replace("\n", "\r\n")))
    if opaques(plain):
        assert bool(opaques(plain)) is bool(opaques(carried))
    else:
        assert outline(plain.body) == outline(carried.body)


def test_a_word_on_its_own() -> None:
    source = Source("x", 'ab $x "$(c)" d')
    parts = parse_word(source, 3, 12).parts
    assert [type(part).__name__ for part in parts] == ["Parameter", "Literal", "CommandSubstitution", "Literal"]
    assert [part.span.text for part in parts] == ["$x", ' "', "$(c)", '"']


def test_the_reserved_characters_are_those_of_the_symbols() -> None:
    assert FIRST_RESERVED == FIRST


# --- size ----------------------------------------------------------------------------------------------------------

SIZES: dict[str, Callable[[int], str]] = {
    "open parentheses": lambda n: "(" * n,
    "nested subshells": lambda n: "( " * n + "a" + " )" * n,
    "open braces": lambda n: "{ " * n,
    "crossed": lambda n: "(" * n + "} " * n,
    "open substitutions": lambda n: "$(" * n,
    "quoted substitutions": lambda n: '"$(' * n,
    "open arithmetic": lambda n: "$((" * n,
    "groups in a substitution": lambda n: "$(" + "{ " * n,
    "backslashes": lambda n: "echo " + "\\" * n,
    "quoted backslashes": lambda n: 'echo "' + "\\" * n + '"',
    "backslashes in backticks": lambda n: "echo `" + "\\" * n + "`",
    "backticks": lambda n: "`a` " * n,
    "functions": lambda n: 'f() { echo "$1"; }\n' * n,
    "nested defaults": lambda n: "${a:-" * n,
    "brackets": lambda n: "a[ " * n,
    "brackets that assign nothing": lambda n: "a[;" * n,
    "open tests": lambda n: "[[ " * n,
    "nested tests": lambda n: "[[ " + "( " * n + "a" + " )" * n + " ]]",
    "bangs": lambda n: "! " * n + "a",
    "bars": lambda n: "a | " * n + "a",
    "chain": lambda n: "a && " * n + "a",
    "words": lambda n: "a " * n,
    "quotes": lambda n: '"a"' * n,
    "here-documents": lambda n: "cat <<E\nx\nE\n" * n,
    "here-documents without an end": lambda n: "cat <<E\n" * n,
    "here-documents on a line": lambda n: "cat " + "<<E " * n + "\n" + "E\n" * n,
    "nested cases": lambda n: "case a in a) " * n,
    "arms": lambda n: "case a in " + "a) b;; " * n + "esac",
    "array": lambda n: "a=(" + "b " * n + ")",
    "nested ifs": lambda n: "if a; then " * n + "b; " + "fi; " * n,
    "elifs": lambda n: "if a; then b; " + "elif c; then d; " * n + "else e; fi",
    "wrong guesses": lambda n: "((a) ); " * n,
    "guesses to the end": lambda n: "((  ';\n" * n,
    "extended patterns": lambda n: "[[ a == " + "@(" * n,
    "redirections": lambda n: "a " + ">f " * n,
    "dollars": lambda n: "$" * n,
}


def work(text: str) -> int:
    """How many functions are called to parse it, Python's own among them: the same on every machine."""
    source, calls = Source("x", text), 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        parse(source)
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("name", SIZES)
def test_four_times_the_text_takes_about_four_times_the_work(name: str) -> None:
    """Linear work gives a factor of 4, quadratic of 16."""
    made = SIZES[name]
    parse(Source("x", made(1)))
    assert work(made(2000)) / work(made(500)) < 6


def test_deep_nesting_is_one_opaque_statement_and_its_neighbours_live() -> None:
    depth = MAX_DEPTH + 1
    script = parse(Source("x", "a\n" + "{ " * depth + "b; " + "} ; " * depth + "\nc\n"))
    assert [type(command).__name__ for command in script.body.commands] == ["Simple", "Opaque", "Simple"]
    assert [found.code for found in script.diagnostics] == ["MG104"]


def test_nesting_of_real_scripts_is_followed() -> None:
    depth = MAX_DEPTH - 2
    for opening, closing in (("{ ", "; }"), ("$(", ")"), ("if a; then ", "; fi"), ("case a in a) ", ";; esac")):
        script = parse(Source("x", opening * depth + "b" + closing * depth))
        assert not opaques(script), opening
