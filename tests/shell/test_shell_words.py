r"""Quote removal, beside real bash: for every word of the table, `printf '<%s>' WORD` prints what we say it is.

The words hold no expansion, so that what bash prints is quote removal alone (Bash Reference Manual 3.1.2, 3.5.9).
"""

from __future__ import annotations

import subprocess

import pytest

from migrator.shell import escapes, words
from migrator.shell.parse import parse
from migrator.shell.syntax import Literal, Parameter, Simple, Word
from migrator.source import Source

PLAIN = [
    "a",
    "a.b",
    "-f",
    "--x=y",
    "a=b",
    "a/b/c",
    "1",
    "a:b",
    "a,b",
    "a@b",
    "a%b",
    "a+b",
    "^",
    "=",
    "a]b",
    "a}b",
    "é",
    "a#b",
]
ESCAPED = [
    "\\a", "\\\\", "\\'", '\\"', "\\$x", "\\`a\\`", "a\\ b", "\\&", "\\|a", "\\;", "\\(", "\\)", "\\<", "\\>", "\\#a",
    "a\\\nb", "\\\na", "a\\\n\\\nb", "\\~", "\\*", "\\{a,b\\}", "\\!", "a\\=b", "\\\\\\\\", "\\n", "\\t\\ ", "\\é",
]  # fmt: skip
SINGLE = [
    "''", "'a'", "'a b'", "'a\nb'", "'\\'", "'a\\'", "'\"'", "'$x'", "'`a`'", "'a\\\nb'", "'a''b'", "'a'b", "a'b'",
    "'#'", "'\t'", "'a'\\''b'", "''''", "'*'", "'~'", "'{a,b}'", "'!'", "'\\n'", "''a''",
]  # fmt: skip
DOUBLE = [
    '""', '"a"', '"a b"', '"a\nb"', '"\\""', '"\\\\"', '"\\$x"', '"\\`a\\`"', '"\\a"', '"\\n"', '"a\\\nb"', "\"'\"",
    "\"it's\"", '"a""b"', '"a"b', 'a"b"', '"$"', '"$ "', '"a$"', '"$%"', '"#"', '"*"', '"~"', '"{a,b}"', '"\\*"',
    '"\\\'"', '"!"', '"\\!"', '"a\\ b"', '"(a)"', '"a;b|c&d"', '"<>"', '"\\\\\\""', '"\t"', '"é"', '"a\\\n\\\nb"',
]  # fmt: skip
ANSI = [
    "$'a'", "$'a\\nb'", "$'a\\tb'", "$'\\''", "$'\\\"'", "$'\\\\'", "$'\\x41'", "$'\\x4'", "$'\\x414'", "$'\\101'",
    "$'\\1012'", "$'\\7'", "$'\\u00e9'", "$'\\u41'", "$'\\U0001F600'", "$'\\a\\b\\e\\f\\r\\v'", "$'\\E'", "$'\\?'",
    "$'\\cA'", "$'\\z'", "$'a b'", "$'a\nb'", "$''", "$'$x'", "$'`a`'", "$'\"'", "a$'b'c", "$'a'$'b'", "$'\\xzz'",
    "$'\\\n'", "$'\\u'", "$'\\ca'",
]  # fmt: skip
LOCALE = ['$"a"', '$"a b"', '$""', '$"\\""', 'a$"b"c', '$"it\'s"']
MIXED = [
    "a\"b\"'c'\\d", "\"a\"'b'$'c'", "--x='a b'", '--y="a b"', '-DX=\\"a\\"', "'a'\"'\"'b'", "a''b", 'a""b', "$", "a$",
    "$%", "$/x", "$.", "$,", "$=", "$:", '"$"a', "'$'x", "$]", "a'\n'b", "\"'\"'\"'", "\\'a\\'", "a\\\n'b'",
    "{a", "a}", "{}", "{a}", "a{b", "[a", "]", "!a", "a!",
]  # fmt: skip
WORDS = [*PLAIN, *ESCAPED, *SINGLE, *DOUBLE, *ANSI, *LOCALE, *MIXED]


def said_by_bash(word: str) -> str:
    script = f"printf '<%s>' {word}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"})
    return done.stdout.decode(errors="surrogateescape")


def last_word(script: str) -> Word:
    command = parse(Source("x", script)).body.commands[0]
    assert isinstance(command, Simple)
    return command.words[-1]


def said_by_us(word: str) -> str:
    command = parse(Source("x", f"printf '<%s>' {word}")).body.commands[0]
    assert isinstance(command, Simple)
    return "".join([f"<{one.literal}>" for one in command.words[2:]])


def test_the_table_is_long_enough() -> None:
    assert len(set(WORDS)) == len(WORDS)
    assert len(WORDS) > 150


@pytest.mark.parametrize("word", WORDS)
def test_quote_removal(word: str) -> None:
    assert said_by_us(word) == said_by_bash(word)


def test_the_table_sees_planted_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong escape between double quotes and a wrong `$'…'` escape are both noticed by some row."""
    expected = {word: said_by_us(word) for word in WORDS}
    with monkeypatch.context() as fault:
        fault.setattr(words, "DOUBLE_QUOTED", words.Style('"', quoted=True, single=False, double=False))
        assert {word for word in WORDS if said_by_us(word) != expected[word]} >= {'"\\a"', '"\\n"'}
    with monkeypatch.context() as fault:
        fault.setitem(escapes._SIMPLE, "n", "n")  # noqa: SLF001 - the fault is planted where the rule is
        assert "$'a\\nb'" in {word for word in WORDS if said_by_us(word) != expected[word]}


QUOTING = [
    ("a", [("a", False)]),
    ("'a'", [("a", True)]),
    ('"a"', [("a", True)]),
    ("\\a", [("a", True)]),
    ("$'a'", [("a", True)]),
    ('""', [("", True)]),
    ("''", [("", True)]),
    ('a"b"c', [("a", False), ("b", True), ("c", False)]),
    ("'a'\"b\"\\c", [("abc", True)]),
    ("*'*'", [("*", False), ("*", True)]),
    ("~/x", [("~/x", False)]),
    ("{a,b}", [("{a,b}", False)]),
    ("a\\\nb", [("ab", False)]),
    ('a""b', [("a", False), ("", True), ("b", False)]),
    ("@(a|b)c", [("@(a|b)c", False)]),
    ("!('a'|*.b)", [("!(", False), ("a", True), ("|*.b)", False)]),
]


@pytest.mark.parametrize(("word", "parts"), QUOTING)
def test_what_is_quoted(word: str, parts: list[tuple[str, bool]]) -> None:
    found = last_word(f"echo {word}").parts
    assert [(part.text, part.quoted) for part in found if isinstance(part, Literal)] == parts
    assert len(found) == len(parts)


PARAMETERS = [
    ("$x", {"name": "x"}),
    ("${x}", {"name": "x"}),
    ("$10", {"name": "1"}),
    ("${10}", {"name": "10"}),
    ("$@", {"name": "@"}),
    ("$?", {"name": "?"}),
    ("$#", {"name": "#"}),
    ("$$", {"name": "$"}),
    ("$!", {"name": "!"}),
    ("$-", {"name": "-"}),
    ("${#}", {"name": "#"}),
    ("${#x}", {"name": "x", "length": True}),
    ("${#@}", {"name": "@", "length": True}),
    ("${#a[@]}", {"name": "a", "length": True, "subscript": "@"}),
    ("${#:-x}", {"name": "#", "operator": ":-", "argument": "x"}),
    ("${!x}", {"name": "x", "indirect": True}),
    ("${!1}", {"name": "1", "indirect": True}),
    ("${!#}", {"name": "#", "indirect": True}),
    ("${!}", {"name": "!"}),
    ("${!x*}", {"name": "x", "operator": "names"}),
    ("${!x@}", {"name": "x", "operator": "names"}),
    ("${!a[@]}", {"name": "a", "indirect": True, "subscript": "@"}),
    ("${!x:-y}", {"name": "x", "indirect": True, "operator": ":-", "argument": "y"}),
    ("${a[*]}", {"name": "a", "subscript": "*"}),
    ("${a[0]}", {"name": "a", "subscript": "0"}),
    ("${a[i+1]}", {"name": "a", "subscript": "i+1"}),
    ("${a[k v]}", {"name": "a", "subscript": "k v"}),
    ("${a[@]:1:2}", {"name": "a", "subscript": "@", "operator": ":", "argument": "1", "second": "2"}),
    ("${x:-}", {"name": "x", "operator": ":-", "argument": ""}),
    ("${x:-a b}", {"name": "x", "operator": ":-", "argument": "a b"}),
    ("${x-a}", {"name": "x", "operator": "-", "argument": "a"}),
    ("${x:=a}", {"name": "x", "operator": ":=", "argument": "a"}),
    ("${x=a}", {"name": "x", "operator": "=", "argument": "a"}),
    ("${x:?a}", {"name": "x", "operator": ":?", "argument": "a"}),
    ("${x?}", {"name": "x", "operator": "?", "argument": ""}),
    ("${x:+a}", {"name": "x", "operator": ":+", "argument": "a"}),
    ("${x+a}", {"name": "x", "operator": "+", "argument": "a"}),
    ("${1:-a}", {"name": "1", "operator": ":-", "argument": "a"}),
    ("${@:2}", {"name": "@", "operator": ":", "argument": "2"}),
    ("${x#*/}", {"name": "x", "operator": "#", "argument": "*/"}),
    ("${x##*/}", {"name": "x", "operator": "##", "argument": "*/"}),
    ("${x%.*}", {"name": "x", "operator": "%", "argument": ".*"}),
    ("${x%%:*}", {"name": "x", "operator": "%%", "argument": ":*"}),
    ("${x/a/b}", {"name": "x", "operator": "/", "argument": "a", "second": "b"}),
    ("${x/a}", {"name": "x", "operator": "/", "argument": "a"}),
    ("${x/a/}", {"name": "x", "operator": "/", "argument": "a", "second": ""}),
    ("${x//a/b}", {"name": "x", "operator": "//", "argument": "a", "second": "b"}),
    ("${x//\\//_}", {"name": "x", "operator": "//", "argument": "/", "second": "_"}),
    ("${x/#a/b}", {"name": "x", "operator": "/#", "argument": "a", "second": "b"}),
    ("${x/%a/b}", {"name": "x", "operator": "/%", "argument": "a", "second": "b"}),
    ("${x/a/b/c}", {"name": "x", "operator": "/", "argument": "a", "second": "b/c"}),
    ("${x:1}", {"name": "x", "operator": ":", "argument": "1"}),
    ("${x:1:2}", {"name": "x", "operator": ":", "argument": "1", "second": "2"}),
    ("${x: -1}", {"name": "x", "operator": ":", "argument": " -1"}),
    ("${x:(-1)}", {"name": "x", "operator": ":", "argument": "(-1)"}),
    ("${x^}", {"name": "x", "operator": "^", "argument": ""}),
    ("${x^^}", {"name": "x", "operator": "^^", "argument": ""}),
    ("${x,}", {"name": "x", "operator": ",", "argument": ""}),
    ("${x,,}", {"name": "x", "operator": ",,", "argument": ""}),
    ("${x@Q}", {"name": "x", "operator": "@", "argument": "Q"}),
    ("${x:-'}'}", {"name": "x", "operator": ":-", "argument": "}"}),
    ('${x:-"}"}', {"name": "x", "operator": ":-", "argument": "}"}),
    ("${x:-\\}}", {"name": "x", "operator": ":-", "argument": "}"}),
]


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize(("word", "expected"), PARAMETERS)
def test_parameters(word: str, expected: dict[str, object], quote: str) -> None:
    if quote and "'" in word:
        return  # between double quotes these single quotes are no quotes: see below
    (part,) = last_word(f"echo {quote}{word}{quote}").parts if word != "$10" else last_word(f"echo {word}").parts[:1]
    assert isinstance(part, Parameter)
    found: dict[str, object] = {"name": part.name}
    if part.operator is not None:
        found["operator"] = part.operator
    for name, value in (("argument", part.argument), ("second", part.second), ("subscript", part.subscript)):
        if value is not None:
            found[name] = value.literal
    found |= {name: True for name, flag in (("length", part.length), ("indirect", part.indirect)) if flag}
    assert found == expected
    assert part.span.text == ("$1" if word == "$10" else word)
    assert part.quoted is (bool(quote) and word != "$10")


def argument(script: str) -> Word:
    parts = last_word(script).parts
    assert isinstance(parts[0], Parameter)
    assert parts[0].argument is not None
    return parts[0].argument


def test_the_word_of_a_default_is_quoted_between_double_quotes_but_a_pattern_is_not() -> None:
    assert [part.quoted for part in argument('echo "${x:-*}"').parts if isinstance(part, Literal)] == [True]
    assert [part.quoted for part in argument("echo ${x:-*}").parts if isinstance(part, Literal)] == [False]
    assert [part.quoted for part in argument('echo "${x%*}"').parts if isinstance(part, Literal)] == [False]
    assert [part.quoted for part in argument("echo \"${x%'*'}\"").parts if isinstance(part, Literal)] == [True]


def test_single_quotes_in_a_default_between_double_quotes_hide_a_brace_except_in_sh() -> None:
    assert argument("echo \"${x:-'}'}\"").literal == "'}'"
    script = parse(Source("x", '#!/bin/sh\necho "${x:-it\'s}"\n'))
    assert not script.diagnostics


def test_an_expansion_that_bash_does_not_know_stops_the_script_when_it_gets_there() -> None:
    script = parse(Source("x", "echo ${a.b} c"))
    assert [found.code for found in script.diagnostics] == ["MG108"]
    part = last_word("echo ${a.b}").parts[0]
    assert isinstance(part, Parameter)
    assert part.operator == ":?"
