"""An option that a command's model does not know makes its result unknown: it is never lost without a word."""

from __future__ import annotations

import pytest

from migrator.migration.convert import convert
from migrator.migration.result import Converted, Declined
from migrator.project import Project

FILES = {
    "Dockerfile.build": "FROM alpine\nRUN echo > /app\n",
    "Dockerfile": "FROM alpine\nCOPY app other /\n",
    "VERSION": "1\n2\n",
    "README": "r\n",
    "folder/x": "x\n",
}
SCRIPT = """set -e
docker build -t b -f Dockerfile.build .
id=$(docker create b)
docker cp "$id:/app" app
docker rm "$id"
{command}
docker build -t app .
"""
UNKNOWN = (
    "cat -n VERSION > other",
    "head -n 1 VERSION README > other",
    "tail -n 1 VERSION README > other",
    "wc -c VERSION > other",
    "wc -l VERSION README > other",
    "grep 1 VERSION README > other",
    "grep -e 1 -e 2 VERSION > other",
    "sort -r -o other VERSION",
    "touch other; sort -r -o other VERSION",
    "tr --delete 1 < VERSION > other",
    "cut --complement -c 1 VERSION > other",
    "sed -z s/1/3/ VERSION > other",
    "awk -f VERSION README > other",
    "cp --no-preserve=mode VERSION other",
    "cp -b VERSION other",
    "mv -n VERSION other",
    "touch other; mv -n VERSION other",
    "ln -sr folder/x other",
    "install -s VERSION other",
    "rsync VERSION other",
    "unzip -p app.zip > other",
    "zip - VERSION > other",
    "basename -z a/b > other",
    "tar c folder | tar xO --wildcards '*' > other",
    "tar cf other --exclude=x folder",
    "touch other; rm -i other",
)
KNOWN = (
    "cat -u VERSION > other",
    "head -n 1 VERSION > other",
    "wc -c < VERSION > other",
    "grep -v 1 VERSION > other",
    "sort -r VERSION > other",
    "tr -d 1 < VERSION > other",
    "cut -c 1 VERSION > other",
    "cp -pv VERSION other",
    "mv -f VERSION other",
    "install -m 644 VERSION other",
    "tar c VERSION | tar xO > other",
    "touch other; rm -f nothing",
)
OWNED = (
    "chown -R 33:33 folder; tar cf folder.tar folder",
    "install -o 33 README folder/; tar cf folder.tar folder",
    "tar cf folder.tar --owner=33 folder",
    "tar --owner 33 --group 33 -cf folder.tar folder",
)


def converted(command: str, **more: str) -> Converted | Declined:
    texts = {**FILES, **{name: text for name, text in more.items() if name != "runtime"}}
    texts["build.sh"] = SCRIPT.format(command=command)
    texts["Dockerfile"] = more.get("runtime", texts["Dockerfile"])
    found = convert(Project.of(texts), "build.sh", ())
    assert isinstance(found, Converted | Declined)
    return found


@pytest.mark.parametrize("command", UNKNOWN)
def test_an_option_that_is_not_modelled_is_not_lost(command: str) -> None:
    assert isinstance(converted(command), Declined)


@pytest.mark.parametrize("command", KNOWN)
def test_the_same_commands_convert_without_it(command: str) -> None:
    assert isinstance(converted(command), Converted)


@pytest.mark.parametrize("command", OWNED)
def test_owners_in_an_archive_of_the_host_are_not_lost(command: str) -> None:
    found = converted(command, runtime="FROM alpine\nCOPY app /\nADD folder.tar /\n")
    assert isinstance(found, Declined)


def test_an_archive_of_the_host_converts_while_its_files_are_root_s() -> None:
    runtime = "FROM alpine\nCOPY app /\nADD folder.tar /\n"
    assert isinstance(converted("chown root folder; tar cf folder.tar --owner=0 folder", runtime=runtime), Converted)
