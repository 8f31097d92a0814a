"""One word of a table, or one bound, at a time: what small changes of `migrator/dockerfile` showed that nobody held."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from migrator.dockerfile.assignments import pairs
from migrator.dockerfile.check import EXPANDED, FLAGS
from migrator.dockerfile.documents import openings
from migrator.dockerfile.edit import Edit, apply, complete
from migrator.dockerfile.escapes import with_backslash
from migrator.dockerfile.evaluate import PREDEFINED, BaseImage, Build, stage_scope
from migrator.dockerfile.expand import examined_variables, expand, fault
from migrator.dockerfile.globs import glob_matcher
from migrator.dockerfile.joined import Joined
from migrator.dockerfile.lines import lay_out
from migrator.dockerfile.parse import parse
from migrator.dockerfile.substitute import Trim, replaced, trimmed
from migrator.dockerfile.uses import uses
from migrator.errors import InternalError
from migrator.source import Source

if TYPE_CHECKING:
    from migrator.dockerfile.syntax import Dockerfile


def read(text: str) -> Dockerfile:
    return parse(Source("Dockerfile", text))


def codes(text: str) -> list[str]:
    return [found.code for found in read(text).diagnostics]


# --- instructions --------------------------------------------------------------------------------------------------


def test_a_label_in_the_old_form_is_one_pair() -> None:
    _, label, env = read("FROM a\nLABEL keeper of the seal\nENV\n").instructions
    (pair,) = pairs(label)
    assert (pair.name, pair.value, pair.span.text) == ("keeper", "of the seal", "keeper of the seal")
    assert pairs(env) == ()


# What https://docs.docker.com/reference/dockerfile/#environment-replacement lists, and FROM.
@pytest.mark.parametrize("keyword", sorted(EXPANDED - {"FROM"}))
def test_an_open_brace_is_found_where_the_engine_expands(keyword: str) -> None:
    words = {"COPY": "a ${b", "ADD": "a ${b", "ENV": "a=${b", "LABEL": "a=${b", "ARG": "a=${b"}
    assert codes(f"FROM a\n{keyword} {words.get(keyword, '${b')}\n") == ["MG213"]


def test_the_engine_expands_in_eleven_instructions() -> None:
    words = "ADD ARG COPY ENV EXPOSE FROM LABEL STOPSIGNAL USER VOLUME WORKDIR"
    assert " ".join(sorted(EXPANDED)) == words


@pytest.mark.parametrize(
    "line",
    [
        "ADD --chown=1 --chmod=755 --link --checksum=sha256:1 --keep-git-dir --exclude=x --unpack a b",
        "COPY --from=x --chown=1 --chmod=755 --link --parents --exclude=x a b",
        "HEALTHCHECK --interval=1s --timeout=1s --start-period=1s --start-interval=1s --retries=3 CMD x",
        "RUN --mount=type=cache,target=/x --network=none --security=sandbox --device=x true",
    ],
)
def test_the_flags_of_an_instruction_are_its_own(line: str) -> None:
    keyword = line.partition(" ")[0]
    assert codes(f"FROM --platform=linux/amd64 a\n{line}\n") == []
    for flags in FLAGS.values():
        for name in flags - FLAGS[keyword]:
            assert codes(f"FROM a\n{keyword} --{name}=x CMD b\n") == ["MG209"], name


# --- places --------------------------------------------------------------------------------------------------------


def test_an_empty_part_has_a_place() -> None:
    text = Joined.of(Source("Dockerfile", "abcdef"), [(1, "bc"), (4, "e")])
    places = [(text.span(at, at).start, text.span(at, at).end) for at in range(4)]
    assert places == [(1, 1), (2, 2), (4, 4), (5, 5)]
    assert Joined.of(Source("Dockerfile", "abc"), []).span(0, 0).start == 0


def test_an_edit_of_an_equal_text_is_made_and_one_of_another_is_not() -> None:
    text = "FROM a\n"
    edit = Edit(Source("Dockerfile", text).span(5, 6), "b")
    assert apply(Source("Dockerfile", text), [edit]) == "FROM b\n"
    with pytest.raises(InternalError):
        apply(Source("Dockerfile", "FROM c\n"), [edit])


def test_what_stands_before_an_open_continuation_stays() -> None:
    assert complete(read("FROM a\nRUN echo X \\\n")) == "FROM a\nRUN echo X\n"
    assert complete(read("FROM a\nRUN echo X\\\n\\\n")) == "FROM a\nRUN echo X\n\n"


@pytest.mark.parametrize("terminator", ["EOF", "\tEOF", "\t\tEOF"])
def test_only_tabs_may_stand_before_the_end_of_a_document(terminator: str) -> None:
    run = read(f"FROM a\nRUN <<-EOF\n\techo\nXEOF\n EOF\n{terminator}\n").instructions[1]
    (document,) = run.documents
    assert document.body == "echo\nXEOF\n EOF\n"


def test_a_document_s_name_in_quotes_or_behind_an_escape_is_none() -> None:
    assert openings("RUN echo 'a <<EOF b'") == ()
    assert openings("RUN echo a\\ <<EOF") == ()
    assert [one.delimiter for one in openings("RUN \\a <<EOF")] == ["EOF"]


def test_the_last_line_of_an_instruction_is_its_last() -> None:
    laid = lay_out(Source("Dockerfile", "FROM a\nRUN b \\\n\n\nRUN c\n\n"))
    assert [(one.first, one.last, one.joined.text) for one in laid.logical] == [
        (0, 0, "FROM a"),
        (1, 4, "RUN b RUN c"),
    ]


# --- values --------------------------------------------------------------------------------------------------------


def test_the_name_of_a_variable_may_be_one() -> None:
    tree = read("FROM a\nARG A=b\nENV $A=1 ${A}c=2\n")
    build = Build(base=lambda _: BaseImage())
    end = stage_scope(tree, 0, build).end
    assert end.env == {"b": "1", "bc": "2"}


@pytest.mark.parametrize(
    "name",
    [
        *("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"),
        *("http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy"),
    ],
)
def test_a_proxy_is_an_argument_that_nobody_declares(name: str) -> None:
    assert name in PREDEFINED
    assert len(PREDEFINED) == 10


def test_quotes_in_a_document_are_characters_wherever_they_stand() -> None:
    values = {"X": "v"}.get
    assert expand("$X's", values, quotes=False) == "v's"
    assert expand('$X"', values, quotes=False) == 'v"'


def test_what_decides_is_examined_where_no_quote_keeps_it() -> None:
    assert examined_variables("'${X:-y}' ${Y:-y} $Z") == ("Y",)
    assert examined_variables("'${X:-y}'", quotes=False) == ("X",)
    assert examined_variables("${+a}") == ()


def test_substitutions_beside_each_other_are_not_nested() -> None:
    beside = "${a:-b}" * 200
    assert fault(beside) is None
    assert fault(beside + "${a:-" * 150 + "}" * 150) == "substitutions are nested too deeply"


@pytest.mark.parametrize(
    ("value", "pattern", "rest"),
    [
        ("\\a", "\\\\", "a"),
        ("}a", "\\}", "a"),
        ("/a", "\\/", "a"),
        ("*a", "\\*", "a"),
        ("?a", "\\?", "a"),
    ],
)
def test_five_characters_may_be_escaped_in_a_pattern(value: str, pattern: str, rest: str) -> None:
    assert trimmed(value, pattern, Trim.PREFIX, greedy=False) == rest
    assert trimmed(value[::-1], pattern, Trim.SUFFIX, greedy=True) == rest
    for wrong in (f"{pattern}\\", "\\a"):
        with pytest.raises(ValueError, match="invalid escape"):
            trimmed(value, wrong, Trim.PREFIX, greedy=False)


def test_nothing_is_found_in_front_and_not_right_behind_a_match() -> None:
    assert replaced("abc", "*", "x", everywhere=True) == "x"
    assert replaced("", "*", "x", everywhere=True) == "x"
    assert replaced("", "", "x", everywhere=False) == "x"
    assert replaced("ab", "", "-", everywhere=True) == "-a-b-"


def test_a_string_of_json_keeps_its_variables_apart() -> None:
    tree = read('FROM a\nCOPY ["$A\\r$B", "$C\\b$D\\f$E\\n\\u0024F\\t/\\"$G"]\n')
    found = uses(tree, tree.instructions[1])
    assert [one.name for one in found] == ["A", "B", "C", "D", "E", "F", "G"]
    assert [one.span.text for one in found] == ["A", "B", "C", "D", "E", "F", "G"]


# --- patterns ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("a**", "a/b", False),
        ("a**", "abc", True),
        ("**/x", "a/b/x", False),
        ("**/x", "a/x", True),
        ("[a-c]x", "bx", True),
        ("[^a-c]x", "bx", False),
        ("[\\a-c]x", "bx", True),
        ("[a\\-c]x", "-x", True),
        ("[a\\-c]x", "bx", False),
    ],
)
def test_a_copy_s_pattern_stops_at_folders(pattern: str, path: str, *, expected: bool) -> None:
    matches = glob_matcher(pattern)
    assert matches is not None
    assert matches(path) is expected


# --- the other escape ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((f"{keyword} a\\b`$c", f"{keyword} a\\\\b\\$c") for keyword in ("EXPOSE", "WORKDIR", "USER", "STOPSIGNAL")),
        ("VOLUME a\\b", "VOLUME a\\\\b"),
        ("COPY a\\b c", "COPY a\\\\b c"),
        ("ADD a\\b c", "ADD a\\\\b c"),
        ("LABEL a=b\\c", "LABEL a=b\\\\c"),
        ("ARG a=b\\c", "ARG a=b\\\\c"),
        ('ENV P="`$x"', 'ENV P="\\$x"'),
        ("ENTRYPOINT a\\b", "ENTRYPOINT a\\b"),
        ("MAINTAINER a\\b", "MAINTAINER a\\b"),
        ("RUN a\\b", "RUN a\\b"),
    ],
)
def test_the_words_of_each_instruction_with_the_other_escape(text: str, expected: str) -> None:
    made = with_backslash(Source("Dockerfile", f"# escape=`\nFROM a\n{text}\n"))
    assert made is not None
    assert made.text == f"# escape=\\\nFROM a\n{expected}\n"
