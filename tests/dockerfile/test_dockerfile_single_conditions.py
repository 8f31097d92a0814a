"""One half of a condition at a time: what small changes of `migrator/dockerfile` showed that nothing else looked at."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.dockerfile import globs
from migrator.dockerfile.check import is_usable
from migrator.dockerfile.edit import copy_line, needs_json
from migrator.dockerfile.escapes import with_backslash
from migrator.dockerfile.evaluate import platform_args
from migrator.dockerfile.expand import expand, fault
from migrator.dockerfile.ignore import IgnoreRules
from migrator.dockerfile.joined import Joined
from migrator.dockerfile.parse import parse
from migrator.dockerfile.uses import uses
from migrator.dockerfile.words import quoted_words, split_flags
from migrator.source import Source

BACKQUOTE = "# escape=`\n"


def joined(text: str) -> Joined:
    return Joined.of(Source("Dockerfile", text), [(0, text)])


# --- words ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (r"a='x\' b=c", [r"a='x\'", "b=c"]),
        (r"a=x\ y b", [r"a=x\ y", "b"]),
        ("a=b \\", ["a=b"]),
        ("a=b\\", ["a=b"]),
        (r"a=b\\", [r"a=b\\"]),
        ("a=b\\\\\\", [r"a=b\\"]),
        ("\\", []),
        (r"a=\ b", [r"a=\ b"]),
    ],
)
def test_words_end_at_blanks_that_nothing_keeps(text: str, words: list[str]) -> None:
    assert [one.text for one in quoted_words(joined(text), "\\")] == words


@pytest.mark.parametrize(
    ("text", "value", "rest"),
    [
        ("--from='a b' c", "a b", "c"),
        ('--from="a b"c d', "a bc", "d"),
        (r"--from=a\ b c", "a b", "c"),
        ("--from=a'b", "ab", ""),
        ("--from=a\\", "a", ""),
        ("--from c", None, "c"),
    ],
)
def test_a_flag_ends_at_a_blank_that_nothing_keeps(text: str, value: str | None, rest: str) -> None:
    (flag,), left = split_flags(joined(text))
    assert (flag.name, flag.value, left.text) == ("from", value, rest)
    assert flag.span.end == len(text) - len(rest) - (1 if rest else 0)


def test_a_quote_in_a_file_that_stands_in_a_dockerfile_is_no_quote() -> None:
    assert expand("it's $X", {"X": "v"}.get, quotes=False) == "it's v"
    assert expand('say "$X', {"X": "v"}.get, quotes=False) == 'say "v'
    assert fault("it's $X") == "a single quote is not closed"


@pytest.mark.parametrize("text", ["${{}", "${}", "${:-a}"])
def test_a_substitution_without_a_name_is_refused(text: str) -> None:
    assert fault(text) == "bad substitution"


@pytest.mark.parametrize("text", ["ENV", "LABEL \\", "LABEL"])
def test_what_has_no_words_has_no_value_and_is_refused(text: str) -> None:
    assert not is_usable(parse(Source("Dockerfile", f"FROM a\n{text}\n")))


def test_what_the_engine_only_warns_of_is_usable() -> None:
    tree = parse(Source("Dockerfile", "FROM a\nRUN b \\\n\n  c\n"))
    assert [found.code for found in tree.diagnostics] == ["MG210"]
    assert is_usable(tree)


# --- values --------------------------------------------------------------------------------------------------------


def test_the_arguments_of_a_platform() -> None:
    assert platform_args("linux/arm/v7") == {
        "BUILDPLATFORM": "linux/arm/v7", "BUILDOS": "linux", "BUILDARCH": "arm", "BUILDVARIANT": "v7",
        "TARGETPLATFORM": "linux/arm/v7", "TARGETOS": "linux", "TARGETARCH": "arm", "TARGETVARIANT": "v7",
    }  # fmt: skip


def test_a_variable_that_a_trigger_names_is_used() -> None:
    tree = parse(Source("Dockerfile", "FROM a\nONBUILD COPY $SRC /x\nRUN \\\n  echo $NAME\n"))
    assert [[one.name for one in uses(tree, instruction)] for instruction in tree.instructions] == [
        [],
        ["SRC"],
        ["NAME"],
    ]
    (use,) = uses(tree, tree.instructions[2])
    assert (use.span.line, use.span.text) == (4, "NAME")


# --- copies --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sources", "line"),
    [
        (["a"], "COPY a /x"),
        (["a b"], 'COPY ["a b", "/x"]'),
        (["[a]"], 'COPY ["[a]", "/x"]'),
        (["--a"], 'COPY ["--a", "/x"]'),
        (["-a", "--b"], "COPY -a --b /x"),
        (["a<<b"], 'COPY ["a<<b", "/x"]'),
        ([""], 'COPY ["", "/x"]'),
    ],
)
def test_a_copy_is_a_list_where_a_word_would_be_read_otherwise(sources: list[str], line: str) -> None:
    assert copy_line(sources, "/x") == line


def test_nothing_is_a_path_that_needs_quotes() -> None:
    assert needs_json("")
    assert not needs_json("a")


# --- patterns ------------------------------------------------------------------------------------------------------


@given(
    st.text("ab/*?[]^-\\", max_size=9).filter(lambda text: globs.glob_matcher(text) is not None),
    st.text("ab/\n", max_size=8),
)
def test_walking_along_a_pattern_says_what_a_regular_expression_says(pattern: str, path: str) -> None:
    for folders, flags in ((True, re.NOFLAG), (False, re.DOTALL)):
        tokens = list(globs._tokens(pattern, folders=folders))  # noqa: SLF001 - the way of patterns with many stars
        expected = re.compile("".join(tokens), flags).fullmatch(path) is not None
        assert globs._walked(tokens, flags, path) is expected  # noqa: SLF001


@pytest.mark.parametrize(
    ("path", "expected"), [("a", False), ("a*", True), ("a?", True), ("[a]", True), ("a]", False), ("\\a", False)]
)
def test_what_a_copy_takes_for_a_pattern(path: str, *, expected: bool) -> None:
    assert globs.has_glob(path) is expected


def test_a_pattern_of_an_ignore_file_that_is_one_slash_keeps_nothing_out() -> None:
    assert not IgnoreRules.parse("/\n").excludes("a")
    assert IgnoreRules.parse("/a\n").excludes("a")
    assert not IgnoreRules.parse("a/b\n").excludes("a")


# --- the other escape ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ENV P=C:\\x Q=a`$b", "ENV P=C:\\\\x Q=a\\$b"),
        ("ENV P='C:\\x'", "ENV P='C:\\x'"),
        ('ENV P="a`b"', 'ENV P="a`b"'),
        ('ENV P="a`"b"', 'ENV P="a\\"b"'),
        ("ENV P=`a`b $c", "ENV P=\\a\\b $c"),
        ("RUN a `\n  b", "RUN a \\\n  b"),
        ("RUN a `\n# c `\n  b", "RUN a \\\n# c `\n  b"),
        ("RUN a`b", "RUN a`b"),
        ("CMD a\\b", "CMD a\\b"),
        ("ENTRYPOINT a`b", "ENTRYPOINT a`b"),
        ("HEALTHCHECK CMD a\\b", "HEALTHCHECK CMD a\\b"),
        ('SHELL ["a"]', 'SHELL ["a"]'),
        ("ONBUILD COPY a b", "ONBUILD COPY a b"),
        ("RUN echo \\", None),  # the line goes on where the backslash is the escape
        ('COPY ["a`b","c"]', None),
        ("COPY --from=`x a b", None),
        ("COPY --from=x\\y a b", None),
        ("ONBUILD COPY a` b", None),
        ("COPY <<E /x\n`a\nE", None),
        ("COPY <<E /x\n\\a\nE", None),
        ("ENV P=a`", None),
    ],
)
def test_a_file_with_the_other_escape(text: str, expected: str | None) -> None:
    made = with_backslash(Source("Dockerfile", f"{BACKQUOTE}FROM a\n{text}\n"))
    assert (None if made is None else made.text) == (None if expected is None else f"# escape=\\\nFROM a\n{expected}\n")


def test_a_base_with_an_escape_is_not_put_otherwise_and_a_backslash_needs_nothing() -> None:
    assert with_backslash(Source("Dockerfile", f"{BACKQUOTE}FROM a`b\n")) is None
    plain = Source("Dockerfile", "FROM a\nENV P=C:\\x\n")
    assert with_backslash(plain) is plain


def test_places_of_a_file_with_the_other_escape_are_the_source_s() -> None:
    made = with_backslash(Source("Dockerfile", f"{BACKQUOTE}FROM a\nENV P=C:\\x Q=d\nRUN e\n"))
    assert made is not None
    at = made.text.index("Q=d")
    shown = made.span(at, at + 3).original
    assert (shown.line, shown.column, shown.text) == (3, 12, "Q=d")
