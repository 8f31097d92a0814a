"""What is more than anybody writes is declined where it goes on, and what is long and is read is read rightly."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from test_found_by_attacks import WORK, codes, told, values

from migrator.commands.matching import fits
from migrator.dockerfile.ignore import LONGEST_LINE, IgnoreRules, check_ignore
from migrator.dockerfile.parse import MOST_CHARACTERS, MOST_LINES, parse
from migrator.migration.convert import convert, convert_with_trace
from migrator.migration.result import Converted, Declined
from migrator.project import Project
from migrator.report.story.stops import _Bar, _least_around
from migrator.report.story.story import story
from migrator.report.story.tree import Step, inside
from migrator.shell import cursor
from migrator.shell.parse import parse as parse_shell
from migrator.source import Source

if TYPE_CHECKING:
    from migrator.diagnostics import Diagnostic

RECIPE = "FROM alpine\nRUN echo > /app\n"


def files(recipe: str = RECIPE, script: str = WORK) -> Project:
    return Project.of({"build.sh": script, "Dockerfile.build": recipe, "Dockerfile": "FROM a\nCOPY app /\n"})


def found(script: str, code: str) -> list[Diagnostic]:
    result = told(script)
    assert isinstance(result, Declined), result
    return [one for one in result.diagnostics if one.code == code]


def test_a_script_of_too_many_words_is_declined_where_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cursor, "MOST_PIECES", 2_000)
    for line in ("echo " + "a " * 1_100, "echo " + "$a" * 2_100, "x=(" + "a " * 2_100 + ")", "> f" * 1_100):
        (one,) = found(f"echo before\n{line}\n{WORK}", "MG191")
        assert one.span is not None
        assert (one.span.file, one.span.line) == ("build.sh", 2)
    assert "MG191" in codes("cat <<E\n" + "$a\n" * 2_100 + f"E\n{WORK}")
    assert isinstance(told("echo " + "a " * 800 + f"\n{WORK}"), Converted)


def test_nothing_of_what_is_too_long_is_left_out() -> None:
    """What was not read is one statement that is not understood, up to the end."""
    text = "echo one\necho " + "a " * 160_000 + "\n" + WORK
    script = parse_shell(Source("build.sh", text))
    assert [one.code for one in script.diagnostics] == ["MG191"]
    assert script.body.commands[-1].span.end == len(text.rstrip())


def test_the_thousandth_statement_that_is_not_shell_is_the_last_that_is_told() -> None:
    text = ")\n" * 3_000 + WORK
    script = parse_shell(Source("build.sh", text))
    assert [one.code for one in script.diagnostics].count("MG101") == cursor.MOST_WRONG + 1
    (one,) = [one for one in script.diagnostics if one.code == "MG191"]
    assert one.span is not None
    assert one.span.line == cursor.MOST_WRONG + 2
    assert "MG191" in codes(text)
    assert "MG191" not in codes(")\n" * 900 + WORK)


@pytest.mark.parametrize(
    ("recipe", "line"),
    [
        (RECIPE + "RUN a \\\n" + "\\\n" * MOST_LINES + "b\n", MOST_LINES + 1),
        (RECIPE + "# c\n" * (MOST_LINES + 5), MOST_LINES + 1),
        (RECIPE + "RUN " + "a" * MOST_CHARACTERS, 3),
    ],
)
def test_a_dockerfile_that_is_too_long_is_declined_where_it_goes_on(recipe: str, line: int) -> None:
    result = convert(files(recipe), "build.sh")
    assert isinstance(result, Declined)
    (one,) = [one for one in result.diagnostics if one.code == "MG191"]
    assert one.span is not None
    assert (one.span.file, one.span.line) == ("Dockerfile.build", line)


def test_a_runtime_that_is_too_long_is_not_taken_for_one_that_takes_nothing_in() -> None:
    recipe = "FROM alpine\nCOPY app /\n" + "# c\n" * MOST_LINES
    result = convert(Project.of({"build.sh": WORK, "Dockerfile.build": RECIPE, "Dockerfile": recipe}), "build.sh")
    assert isinstance(result, Declined)
    (one,) = [one for one in result.diagnostics if one.code == "MG191"]
    assert one.span is not None
    assert (one.span.file, one.span.line) == ("Dockerfile", MOST_LINES + 1)


@pytest.mark.parametrize("escape", ["\\", "`"])
def test_continuations_with_comments_and_blanks_between_keep_their_words(escape: str) -> None:
    middle = f"a {escape}\n# c\n\n {escape}\n" * 300
    text = f"# escape={escape}\nFROM alpine\nRUN {middle}b\nCOPY a /\n"
    (stage,) = parse(Source("Dockerfile", text)).stages
    run, copy = stage.instructions
    assert run.value.split() == ["a"] * 300 + ["b"]
    assert (run.span.line, run.span.end_line) == (3, 3 + 4 * 300)
    assert (copy.keyword, copy.span.line) == ("COPY", 4 + 4 * 300)


def test_a_pattern_longer_than_a_line_that_the_engine_reads_is_refused() -> None:
    long, fitting = "a" * (LONGEST_LINE + 1), "a" * LONGEST_LINE
    (one,) = check_ignore(Source(".dockerignore", f"b\n{long}\n{fitting}\n"))
    assert one.code == "MG222"
    assert one.span is not None
    assert one.span.line == 2
    assert len(one.message) < 1_000
    assert IgnoreRules.parse(f"{fitting}\n").excludes(fitting)


@pytest.mark.parametrize(
    "script",
    [
        "shopt -s extglob; [[ aab == +(+(a|aa)|aaa)b ]] && x=1; [[ aaa == +(a|aa)b ]] || y=1",
        "shopt -s extglob; x=abcab; x=${x//+(a|b)/-}; y=${x##*(-|c)}",
        "shopt -s extglob; [[ a.b.c == !(*.b) ]] && x=1; [[ ab == ?(a)*(b)@(b|) ]] && y=1",
        "shopt -s extglob; [[ abab == *(a*|b) ]] && x=1; [[ 'a*' == +(\\*|a) ]] && y=1",
        "a=(a); a[7]=b; a+=(c d); y=${!a[*]}; x=${a[*]}",
        "a=(); for i in {1..40}; do a+=($i); done; y=${a[39]}; x=${#a[@]}",
        "a[3]=b; a[12]=c; a+=(d); a[-1]=e; x=${!a[*]}; y=${a[*]}",
    ],
)
def test_bash_leaves_the_same_in_what_is_quicker_now(script: str) -> None:
    values(script)


def test_lists_are_held_against_long_texts() -> None:
    assert not fits("a" * 500, "+(+(a|aa)|aaa)b")
    assert fits("a" * 499 + "b", "*(a|aa)*(a|aa)*(a)b")


def test_the_least_rank_around_is_that_of_going_through_all() -> None:
    draw = random.Random(5)  # noqa: S311 - the same ranges each time
    for _ in range(200):
        ranges = [sorted((draw.randrange(12), draw.randrange(12))) for _ in range(draw.randrange(15))]
        bars = [_Bar(draw.choice("ab"), first, last, (last - first, n)) for n, (first, last) in enumerate(ranges)]
        asked = [(draw.choice("abc"), *sorted((draw.randrange(12), draw.randrange(12)))) for _ in range(10)]
        expected = [
            min(
                (bar.rank for bar in bars if bar.group == group and bar.start <= start and end <= bar.end), default=None
            )
            for group, start, end in asked
        ]
        assert _least_around(bars, asked) == expected


def test_what_ran_of_a_part_is_found_in_the_order_of_the_run() -> None:
    text = "a; b; c; a\n" * 20
    script = parse_shell(Source("s", text))
    order = [*script.body.commands[::-1], *script.body.commands]
    whole = Step(steps=[Step(node) for node in order])
    for start, end in ((0, 10), (11, 35), (12, 20), (0, len(text)), (5, 5)):
        span = script.source.span(start, end)
        assert [one.span for one in whole.within(span)] == [one.span for one in order if inside(one.span, span)]


def test_each_of_thousands_of_errors_stands_at_its_step() -> None:
    project = files(script=")\n" * 250 + WORK)
    result, outcome = convert_with_trace(project, "build.sh")
    lines = story(project, result, outcome).lines
    stopped = [(one.line, one.stops[0].code) for one in lines if one.stops]
    assert stopped == [(number + 1, "MG101") for number in range(250)]


def test_a_pipeline_of_thousands_of_commands_is_told_whole() -> None:
    project = files(script="cat | " * 2_000 + f"cat\n{WORK}")
    result, outcome = convert_with_trace(project, "build.sh")
    assert isinstance(result, Converted)
    assert len((whole := story(project, result, outcome)).lines) + whole.left_out > 2_000
