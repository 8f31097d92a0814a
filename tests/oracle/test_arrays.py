"""Arrays by chance, beside real bash: what is in them, in which order, and what an index and a slice take out."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from migrator.interpret.run import run
from migrator.project import Project
from migrator.trace.symbols import is_known

KEYS = ("app", "web", "x", "a-b", "é", "0", "01", "12", "two words")
INDEXES = ("0", "1", "7", "-1", "-2", "-3", "n", "n+1", "1+1", "010")
SHOWN = (
    '"${a[*]}"', '"${!a[*]}"', '"${#a[@]}"', '"${a[0]}"', '"${a[1]}"', '"${a[-1]}"', '"${a[n]}"', '"${a[@]:1}"',
    '"${a[@]:1:1}"', '"${a[@]: -1}"', '"${a[@]: -9}"', '"${a[@]:n:2}"', '"${a[@]:8}"', '"${a[@]#o}"', '"$a"',
    '"${m[*]}"', '"${!m[*]}"', '"${#m[@]}"', '"${m[app]}"', '"${m[x]}"', '"${m[two words]}"', '"${m[0]}"',
    '"${s:2}"', '"${s: -2}"', '"${s: -9}"', '"${s:1:-1}"', '"${s:9}"', '"${s:9:-1}"', '"${*: -1}"', '"${*:2}"',
)  # fmt: skip
START = "n=2; s=ferry; set -- p q r; declare -A m\n"


def operation(seeded: random.Random) -> str:
    value = seeded.choice(("one", "two", "'three four'", "''"))
    index, key = seeded.choice(INDEXES), seeded.choice(KEYS)
    return seeded.choice(
        (
            f"a[{index}]={value}", f"a+=({value})", f"a=({value} [5]={value} {value})", f"a+=([{index}]={value})",
            "a=()", "unset a", "unset 'a[1]'", "unset 'a[n]'", f"a[{index}]+={value}", "unset 'a[-1]'",
            f"m[{key}]={value}", f"m+=([{key}]={value})", f"m=([{key}]={value} [web]=w)", f"m[{key}]+={value}",
            "unset 'm[app]'", "unset m; declare -A m", f"m=(k {value} app)", "a=scalar",
            f"f() {{ declare -a a=({value}); declare -A m; m[{key}]=inner; a[3]=x; }}; f",
            f"g() {{ local -A m=([{key}]=g); local a; a[1]=l; }}; g", f"h() {{ declare -gA m; m[{key}]=h; }}; h",
        )
    )  # fmt: skip


def left_by_bash(script: str) -> list[str] | None:
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=False, timeout=20)
    return None if done.stderr else done.stdout.decode().split("\0")[:-1]


@pytest.mark.parametrize("seed", range(12))
def test_bash_leaves_the_same_in_arrays(seed: int) -> None:
    seeded = random.Random(seed)  # noqa: S311 - the same scripts each time
    compared = 0
    for _ in range(25):
        lines = START + "".join(f"{operation(seeded)}\n" for _ in range(seeded.randrange(1, 8)))
        shown = seeded.sample(SHOWN, 8)
        real = left_by_bash(lines + "".join(f"v={one}; printf '%s\\0' \"$v\"\n" for one in shown))
        if real is None:  # bash complains, of an index below the first
            continue
        script = lines + "".join(f"v{number}={one}\n" for number, one in enumerate(shown))
        (world,) = run(Project.of({"build.sh": f"#!/bin/bash\n{script}"}), "build.sh", (), {}, closed=True).worlds
        for number, (one, expected) in enumerate(zip(shown, real, strict=True)):
            ours = world.state.variables.get(f"v{number}", "")
            if not is_known(ours):
                continue
            compared += 1
            assert ours == expected, (one, script)
    assert compared > 100


@pytest.mark.parametrize(
    "text",
    [
        "a=(x y); v=${a[$(date)]}",
        'a=(x y); v="${a[*]:0:$(date)}"',
        'set -- x y; v="${*:1:$(date)}"',
        "a=(x y); a[$(date)]=z; v=${a[0]}",
        'a=(x y); a+=([$(date)]=z); v="${a[*]}"',
        "declare -A m; m[$(date)]=1; v=${m[x]}",
        "declare -A m; m=([x]=1); v=${m[$(date)]}",
        "s=ferry; v=${s:1:$(date)}",
        "a=(x); unset 'a[$(date)]'; v=${a[0]}",
        "a=($(date)); v=${a[1]}",
        "x=$(date); a=($x); v=${#a[@]}",
        "set -- $(date); v=$2",
        "set -- $(date); v=$#",
        "set -- $(date); shift; v=$1",
        'set -- $(date); v="${@:2:1}"',
        "n=0; for i in $(date); do n=$((n+1)); done; v=$n",
        "for i in $(date); do a+=(x); done; v=${#a[@]}",
        "for i in $(date); do v=last; done",
        "read -r -a a < <(date); v=${a[1]}",
        "read -r -a a < <(date); v=${#a[@]}",
        'IFS=, read -r -a a <<< "$(date)"; v="${a[0]}"',
        'read -r v rest <<< "$(date)"',
        'read -r first v <<< "$(date)"',
        'IFS=: read -r first v rest <<< "a:$(date):b"',
        "mapfile -t a < <(date); v=${#a[@]}",
        "mapfile -t a < <(date); v=${a[1]}",
        'mapfile -t a < <(date); v="${!a[*]}"',
        'mapfile -t a < <(date); a+=(x); v="${a[-1]}"',
    ],
)
def test_what_hangs_on_what_nobody_knows_is_not_known(text: str) -> None:
    (world,) = run(Project.of({"build.sh": f"#!/bin/bash\n{text}\n"}), "build.sh", (), {}, closed=True).worlds
    assert not is_known(world.state.variables["v"])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('a=("$@"); v=${#a[@]}', "$((0+$#))"),
        ('a=("$@"); v=${a[0]}', "${1}"),
        ('a=(x "$@"); v=${a[1]}', "${1}"),
        ('a=("$@"); v="${a[*]:1}"', "${@:2}"),
        ('a=("$@"); v=${a[0]:-d}', "${1:-d}"),
        ('a=("$@" z); v=${a[0]}', None),
        ('a=("$@"); a+=(z); v=${a[1]}', None),
        ('a=("$@"); v=${a[-1]}', None),
        ('a=("$@"); a[1]=z; v=${a[0]}', None),
        ("a=(\"$@\"); unset 'a[0]'; v=${a[0]}", None),
        ('a=("$@"); v="${!a[*]}"', None),
        ('set -- "$@" z; v=$1', None),
    ],
)
def test_arguments_that_a_user_may_give_have_their_places_in_an_array(text: str, shown: str | None) -> None:
    outcome = run(Project.of({"build.sh": f"#!/bin/bash\n{text}\n"}), "build.sh")
    (value,) = outcome.worlds[0].state.variables["v"]
    assert outcome.symbols[value].shell == shown


@pytest.mark.parametrize("line", (Path(__file__).parent / "arrays.txt").read_text(encoding="utf-8").splitlines())
def test_a_line_leaves_in_v_what_bash_leaves(line: str) -> None:
    script = f'#!/bin/bash\n{line}\nw="$v"\n'
    (world,) = run(Project.of({"build.sh": script}), "build.sh", (), {}, closed=True).worlds
    ours = world.state.variables["w"]
    if is_known(ours):
        assert [ours] == left_by_bash(f"{script}printf '%s\\0' \"$w\"")
    else:
        assert any(word in line for word in ("[[ -v", "((a[", "let a[", "${!x}", "$((a[", "declare -p"))
