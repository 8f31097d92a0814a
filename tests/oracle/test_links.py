"""Commands among symbolic links: options, sources and destinations in combination, against the real programs."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from oracle_bash import run_bash
from oracle_compare import differences
from oracle_rows import Row
from test_oracle import run_ours

from migrator.diagnostics import Severity

if TYPE_CHECKING:
    from pathlib import Path

SETUP = """
mkdir there d d/sub
echo in > d/f; echo deep > d/sub/g
ln -s f d/tof
ln -s sub d/tosub
ln -s nowhere d/dangling
ln -s ../VERSION d/out
ln -s VERSION tof
ln -s conf tod
ln -s nowhere gone
ln -s ../conf src/lib/up
echo old > there/app.conf
ln -s ../README.md there/VERSION
ln -s app.conf there/lnk
mkdir there/f
"""
SOURCES = "tof tod tod/ tod/. d d/. d/ gone d/tof d/tosub d/dangling d/out there/lnk VERSION src conf".split()
TARGETS = "there new there/ new/ there/app.conf there/VERSION tod gone there/lnk d/tosub tof".split()
OPTIONS = (
    *("", "-r", "-R", "-a", "-p", "-rp", "-L", "-rL", "-RL", "-aL", "-La", "-H", "-rH", "-P", "-d", "-rd", "-rP"),
    *("-f", "-rT", "-rLT", "-pL", "--dereference -r", "-r --no-dereference", "-x -r", "-r --remove-destination"),
)
# Copies without end, until a name is too long.
ENDLESS = {
    f"cp {options} {source} {source.rstrip('/')}"
    for options in ("-rL", "-RL", "-aL", "--dereference -r")
    for source in ("tod", "tod/", "d/tosub")
}
COPIES = [f"cp {' '.join(words)}".replace("  ", " ") for words in itertools.product(OPTIONS, SOURCES, TARGETS)]
MOVES = [f"mv {' '.join(words)}".replace("  ", " ") for words in itertools.product(("", "-f"), SOURCES, TARGETS)]
PATHS = (
    "tof tod tod/ d d/ gone d/tof d/tosub d/tosub/g d/dangling there/lnk VERSION conf there new tod/app.conf".split()
)
# What is done to a path, which stands for `@`.
WORK = """
rm @
rm -f @
rm -r @
rm -rf @
rmdir @
touch @
chmod 600 @
chmod -R 700 @
mkdir @
mkdir -p @
cat > out.txt < @
echo x > @
echo x >> @
echo x | tee @
sed -i s/o/0/ @
gzip @
ln -s q @
ln -sfn q @
ln -f VERSION @
ln -s q r @
install -m 700 VERSION @
install -D VERSION @
install -d @
cp /dev/null @
mv VERSION @
find @ | sort > answer
find @ -type f > answer
find @/ -name '*.conf' -delete
ls @ > answer
ls -a @ > answer
cat @ > answer
for i in @/*; do echo $i >> answer; done
for i in @*; do echo $i >> answer; done
cp -r @/* there
rm -r @/*
mkdir -p @/x/y && echo 1 > @/x/y/z
(cd @; pwd -P > ../answer; cd ..; echo hi > here)
tar c @ | tar x -C there
tar ch @ | tar x -C there
[ @ -ef VERSION ] && echo same > answer
if [ -f @ ]; then echo f > answer; elif [ -d @ ]; then echo d > answer; elif [ -L @ ]; then echo l > answer; fi
""".strip().splitlines()
WORKS = [line.replace("@", path) for line in WORK for path in PATHS]
# One in so many, another one of each option; all of them take some minutes.
EVERY = 73
CHOSEN = [line for line in (COPIES + MOVES)[::EVERY] + WORKS[::7] if line not in ENDLESS and "//" not in line]
# Each of these left something else than we said.
FOUND = """
cp -rL d/. there
cp -rL d new
cp -aL src new
cp tof new
cp VERSION there/lnk
cp VERSION gone
cp tod/. there -r
cp -r there/lnk new/
cp -d gone tof
cp -r d/. there/
cp -Rp d d/tosub
cp -rT VERSION there/
mv tod/ there
mv d gone
mv gone there
mv tod new/
mv conf tod
mv tod tod
mv there/lnk there/app.conf
""".strip().splitlines()


@pytest.mark.parametrize("line", [*FOUND, *CHOSEN])
def test_links_are_treated_as_the_real_programs_treat_them(line: str, tmp_path: Path) -> None:
    row = Row(line, f"{SETUP}{line}\ndocker build -t a .\n")
    recorded = run_bash(row, tmp_path)
    outcome = run_ours(row)
    assert not any(item.severity is Severity.ERROR for item in outcome.diagnostics)
    best = min((differences(row, outcome, world, recorded) for world in outcome.worlds), key=len)
    assert not best, (best, recorded.output)


def test_a_copy_that_follows_links_is_known_file_by_file(tmp_path: Path) -> None:
    row = Row("", f"{SETUP}rm d/dangling\ncp -rL d new\ndocker build -t a .\n")
    run_bash(row, tmp_path)
    workspace = run_ours(row).worlds[0].workspace
    found = {
        name: type(workspace.find(f"{run_ours(row).root}/new/{name}")).__name__ for name in ("tof", "out", "tosub/g")
    }
    assert found == {"tof": "Written", "out": "RepoFile", "tosub/g": "Written"}
