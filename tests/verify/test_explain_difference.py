"""One difference explained: by the parts of its format, by lines, by bytes, or by diffoscope where there is one."""

from __future__ import annotations

import gzip
import hashlib
import os
from pathlib import Path

import pytest
from verify_bench import member, tar_of

from migrator.verify.contents import Contents
from migrator.verify.entry import Entry, Kind
from migrator.verify.explain import explain
from migrator.verify.formats.told import MOST, tell
from migrator.verify.settle import Side
from migrator.verify.snapshot import Snapshot
from migrator.verify.verdict import Difference


def test_text_is_told_by_lines_and_other_bytes_by_the_first() -> None:
    assert tell("/x", b"one\ntwo\n", b"one\ntoo\n") == ("@@ -1,2 +1,2 @@", " one", "-two", "+too")
    assert tell("/x", b"one\r\n", b"one\n") == ("the ends of lines differ",)
    assert tell("/x", b"\0\1\2\3", b"\0\1\2") == ('from byte 3: 03 | ""; 4 | 3 bytes',)


def test_what_a_format_has_inside_is_told_with_its_place() -> None:
    def packed(text: bytes, time: int) -> bytes:
        inner = tar_of(member("a"), member("d/b", mtime=time), contents={"a": b"same", "d/b": text})
        return gzip.compress(inner, mtime=time)

    (time, content, *others) = tell("/x.tar.gz", packed(b"one\n", 1), packed(b"two\n", 2))
    assert "MG450, set aside" in time
    lines = [content, *others]
    assert any("d/b" in line and "-one" in line for line in lines), lines
    assert any("d/b" in line and "+two" in line for line in lines), lines
    assert not any(" a:" in line for line in lines), lines


def test_a_part_that_only_one_side_has_is_named() -> None:
    one, two = (tar_of(*[member(name) for name in names]) for names in (("a",), ("a", "b")))
    assert any("b" in line and "0 in the legacy file, 1 in the new one" in line for line in tell("/x.tar", one, two))


def test_what_has_no_end_is_cut() -> None:
    many = tell("/x", b"".join(b"%d\n" % n for n in range(900)), b"".join(b"%d\n" % -n for n in range(900)))
    assert len(many) == MOST + 1
    assert many[-1] == "and more"


# Stands in for diffoscope where a program of that name is asked: it says what it was given, and ends as it does.
STAND_IN = """#!/bin/sh
for last; do :; done
echo "asked of $(cat "$last") with HOME=$HOME and ${SECRET:-no secret}"
printf '\\033[2J'
exit ${CODE:-1}
"""


def sides_of(folder: Path, legacy: bytes, new: bytes) -> tuple[dict[str, tuple[Side, Side]], Contents]:
    """Two images that have nothing but /root/ferry, whose bytes were taken out already."""
    folder.mkdir()
    found = []
    for name, data in (("old", legacy), ("now", new)):
        digest = hashlib.sha256(data).hexdigest()
        (folder / digest).write_bytes(data)
        entry = Entry(Kind.FILE, 0o755, size=len(data), content=digest)
        found.append(Side(name, Snapshot({"/root/ferry": entry}, {}, partial=False)))
    return {"ferry": (found[0], found[1])}, Contents(None, folder)  # type: ignore[arg-type]  # no engine is asked


DIFFERS = (
    Difference("mode", "/root/ferry", "0755", "0700", "MG411", image="ferry"),
    Difference("content", "/root/ferry", "sha256:1", "sha256:2", "MG410", image="ferry"),
)


@pytest.mark.parametrize(
    ("code", "by"),
    [
        (None, "migrator (diffoscope is not installed)"),
        (1, "diffoscope"),
        (2, "migrator (diffoscope gave no answer)"),
    ],
)
def test_who_explains_depends_on_what_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int | None, by: str
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    if code is not None:
        (programs / "diffoscope").write_text(STAND_IN.replace("${CODE:-1}", str(code)))
        (programs / "diffoscope").chmod(0o755)
    path = [one for one in os.environ["PATH"].split(os.pathsep) if not Path(one, "diffoscope").exists()]
    monkeypatch.setenv("PATH", os.pathsep.join([str(programs), *path]))
    monkeypatch.setenv("SECRET", "told")
    sides, contents = sides_of(tmp_path / "contents", b"timetable\n", b"fares\n")
    found = explain("root/ferry", DIFFERS, sides, contents, tmp_path / "explained")
    assert (found.path, found.tool) == ("/root/ferry", by)
    assert found.lines[0] == "mode: 0755 | 0700"
    if code == 1:
        assert found.lines[1] == f"asked of fares with HOME={tmp_path}/explained and no secret".replace(
            f"{tmp_path}/explained/", ""
        )
    else:
        assert found.lines[1:] == ("@@ -1 +1 @@", "-timetable", "+fares")


def test_what_does_not_differ_or_is_no_file_is_said(tmp_path: Path) -> None:
    sides, contents = sides_of(tmp_path / "contents", b"same", b"same")
    assert explain("/etc/x", DIFFERS, sides, contents, tmp_path).lines == ("/etc/x does not differ",)
    assert explain("//root//ferry", DIFFERS[:1], sides, contents, tmp_path).lines == ("mode: 0755 | 0700",)
