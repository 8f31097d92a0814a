"""What hostile text found: each of these crashed, took for ever, filled the memory, or was read wrongly in silence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from attacks import ATTACKS  # noqa: E402  # the folders above hold them
from doors import DOORS, SCRIPT, converted  # noqa: E402

from migrator.commands import matching  # noqa: E402
from migrator.commands.regular import affordable  # noqa: E402
from migrator.dockerfile.ignore import IgnoreRules  # noqa: E402
from migrator.interpret.braces import MOST_WORDS, expand_braces  # noqa: E402
from migrator.interpret.run import run  # noqa: E402
from migrator.migration.convert import convert  # noqa: E402
from migrator.migration.result import Converted, Declined, NotApplicable  # noqa: E402
from migrator.project import Project  # noqa: E402
from migrator.trace.budget import TooMuchError  # noqa: E402

if TYPE_CHECKING:
    from migrator.trace.state import State

WORK = SCRIPT.decode().removeprefix("#!/bin/bash\n")


def told(script: str) -> Converted | Declined | NotApplicable:
    files = {
        "build.sh": script,
        "Dockerfile.build": "FROM alpine\nRUN echo > /app\n",
        "Dockerfile": "FROM a\nCOPY app /\n",
    }
    return convert(Project.of(files), "build.sh")


def codes(script: str) -> set[str]:
    result = told(script)
    assert isinstance(result, Declined), result
    return {found.code for found in result.diagnostics}


def left(script: str) -> State:
    """What a script leaves, where all of it is known."""
    outcome = run(Project.of({"build.sh": script}), "build.sh", (), {}, closed=True)
    (world,) = outcome.worlds
    assert [found for found in outcome.diagnostics if found.code != "MG123"] == []
    return world.state


def values(script: str) -> dict[str, str]:
    """What bash leaves in the variables `x` and `y`, which must be what we say that it leaves."""
    real = subprocess.run(
        ["bash", "-c", f'{script}\nprintf \'%s\\0\' "$x" "$y"'], capture_output=True, text=True, check=False, timeout=20
    ).stdout.split("\0")
    found = left(script).variables
    assert {"x": found.get("x", ""), "y": found.get("y", "")} == {"x": real[0], "y": real[1]}
    return found


# --- what was wrong in silence -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "script",
    [
        "x=0; for i in {1..1200}; do x=$((x + i)); done",
        "x=$(printf '%s,' {1..300})",
        "x=$(echo {a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b})",
        "x=$(echo {1..600}{a,b} | wc -c)",
        "x=$(printf '%.3d|%5.1s|%-4d|%+d' 7 abc 3 4)",
        "x=$(printf '%04x' 255)",
        "y=1; x=$((0 && y++)); : $((1 || (y = 9)))",
        "y=1; x=$((1 ? 5 : (y = 2)))",
        "y=5; x=$((y += y++))",
        "x=$(((9223372036854775807 + 1) / 2))",
        "x=aaa; x=${x//*/b}; y=abcabc; y=${y//b*a/-}",
        "x=abcabc; y=${x##*b}${x%%b*}${x#*b}${x%b*}",
        "x=$(printf 'a%.0s' {1..3})",
        "x=$(seq 3 -1 1); y=$(printf '%s\\n' 10 9 20180101000000000000 20180101000000000001 | sort -rV | head -n 1)",
        "while read -r l; do x=$x$l; done <<< $'a\\nb\\nc'",
    ],
)
def test_bash_leaves_the_same(script: str) -> None:
    values(script)


@pytest.mark.parametrize(
    ("script", "name"),
    [
        ("x=1; : $(($(date +%s) ? (x = 2) : 0))", "x"),
        ("x=1; : $((x = 08))", "x"),
        ("x=1; for ((i = 0; i < 3000; i++)); do touch f$i; x=$i; done", "x"),
        ("[[ $(date) =~ ^(.).*$ ]]; x=${BASH_REMATCH[1]}", "x"),
        ("x=$(seq 20000)", "x"),
        ("x=$(printf '%.2f' 3.14159)", "x"),
        ("x=$(printf %*s 5 a)", "x"),
    ],
)
def test_what_cannot_be_known_is_unknown(script: str, name: str) -> None:
    outcome = run(Project.of({"build.sh": script}), "build.sh", (), {}, closed=True)
    for world in outcome.worlds:
        found = world.state.variables[name]
        assert any(ord(character) >= 0x100000 for character in found), found


def test_a_script_that_is_not_followed_to_its_builds_is_declined() -> None:
    assert codes("f() { f; }\nf\n" + WORK) == {"MG104"}
    assert codes("f() { f || f; }\nf\n" + WORK) == {"MG104"}


# --- what took for ever, or filled the memory ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "script",
    [
        "x=ab\n" + "x=$x$x\n" * 60,
        "x=ab\n" + "x+=$x\n" * 60,
        "x=(a b)\n" + 'x=("${x[@]}" "${x[@]}")\n' * 60,
        "set -- a b\n" + 'set -- "$@" "$@"\n' * 60,
        'f() { f "$@" "$@"; }\nf a b',
        'f() { x=$x$x$1; f "$1$1"; }\nf a',
        "echo {1..100000000}",
        "echo " + "{1..9}" * 20,
        "echo {" + "0" * 10_000 + "1..3}",
        "".join(f"x{number}=1\n" for number in range(3000)),
        "".join(f"touch {number}\n" for number in range(3000)),
        "touch {1..4000}",
        "mkdir -p " + "d/" * 101,
        "mkdir d; cd d\n" * 101,
        "mkdir -p " + "d/" * 2100,
        "mkdir " + "d" * 4100,
    ],
)
def test_what_grows_without_end_is_declined(script: str) -> None:
    assert codes(f"{script}\n{WORK}") == {"MG191"}


def test_braces_are_counted_before_they_are_made() -> None:
    assert len(expand_braces("{a,b}" * 13)) == 2**13
    with pytest.raises(TooMuchError):
        expand_braces("{a,b}" * 1000)
    assert expand_braces("{" * 10_000 + ",") == [list("{" * 10_000 + ",")]
    with pytest.raises(TooMuchError):
        expand_braces(f"{{1..{MOST_WORDS + 1}}}")


@pytest.mark.parametrize(
    ("expression", "length", "soon"),
    [
        ("^(a+)+$", 20, True),
        ("^(a+)+$", 40, False),
        ("(a|b)*c", 40, False),
        ("(ab)?c", 4000, True),
        (r"^v([0-9]+)\.([0-9]+)\.([0-9]+)(-.*)?$", 60, True),
        ("a*a*a*a*a*b", 300, False),
        ("[(a+)+]", 4000, True),
        (r"\(a+\)+", 500, True),
        ("x{3}", 4000, True),
        ("(x{2,9}){2,9}", 100, False),
    ],
)
def test_how_long_an_expression_may_take_is_known_before(expression: str, length: int, *, soon: bool) -> None:
    assert affordable(expression, ["a" * length]) is soon


def test_a_pattern_meets_a_text_once() -> None:
    """Each of these would take longer than anybody lives, if it were tried in every way."""
    text, pattern = "a" * 4000, "*a" * 40 + "*b"
    assert not matching.fits(text, pattern)
    assert matching.remove_prefix(text, pattern, longest=True) == text
    assert matching.remove_suffix(text, "b" + "*a" * 40, longest=True) == text
    assert matching.fits(text + "b", pattern)
    rules = IgnoreRules.parse("*a" * 40 + "b\n" + "**/a/" * 40 + "b\n")
    assert not rules.excludes("a" * 4000)
    assert rules.excludes("a" * 4000 + "b")
    assert not rules.excludes("a/" * 60 + "c")
    assert rules.excludes("a/" * 60 + "b")


# --- the attacks themselves, small ---------------------------------------------------------------------------------

# These use up a budget whatever their size is; `make fuzz-hostile` meets them.
HEAVY = frozenset(
    f"shell/{name}"
    for name in ("function-itself-text", "function-itself-arguments", "function-chain", "while-true", "until-false",
                 "loop-nested", "whiles", "globs-folders", "lines-if-build", "lines-if")
)  # fmt: skip


@pytest.mark.parametrize("door", ["shell", "dockerfile", "runtime", "ignore", "archive", "emitted"])
def test_no_attack_ends_in_anything_but_an_answer(door: str) -> None:
    for name, attack in ATTACKS.items():
        if not name.startswith(f"{door}/") or name in HEAVY:
            continue
        files = attack.files(min(attack.size, 6))
        if attack.file in DOORS:
            DOORS[attack.file](files[attack.file])
        else:
            assert converted(files) in ("converted", "declined", "not-applicable", "ProjectError"), name


def test_a_file_name_that_looks_like_a_value_is_declined() -> None:
    name = b"mark\xf4\x80\x80\x85"
    assert converted({"build.sh": SCRIPT + b"frobnicate\n", name.decode(): b""}) == "declined"
    files = {"build.sh": WORK, "Dockerfile.build": "FROM alpine\nRUN echo > /app\n", name.decode(): ""}
    result = convert(Project.of({**files, "Dockerfile": "FROM a\nCOPY app /\n"}), "build.sh")
    assert isinstance(result, Declined)
    assert "the name of a file holds the private-use character U+100005" in str(result.diagnostics)


def test_folders_a_hundred_deep_are_followed_and_a_file_that_lies_deeper_is_declined() -> None:
    below = "d/" * 90
    assert isinstance(told(f"mkdir -p {below}\n{WORK}"), Converted)
    for depth, expected in ((90, Converted), (101, Declined), (3000, Declined)):
        files = {"build.sh": WORK, "Dockerfile.build": "FROM alpine\nRUN echo > /app\n", "d/" * depth + "f": ""}
        result = convert(Project.of({**files, "Dockerfile": "FROM a\nCOPY app /\n"}), "build.sh")
        assert isinstance(result, expected), result


def test_a_slice_outside_of_a_command_that_hangs_on_what_is_no_number() -> None:
    DOORS["shell"](b"x=(1 2)\ny<${x[@]:$\x02y/E/o/0}\n")
    assert "MG132" in codes(f"x=(1 2)\ny<${{x[@]:a/b}}\n{WORK}")
