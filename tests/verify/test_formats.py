"""Every format has teeth: what may differ is set aside by its own rule and shown, what lies beside it is not."""

from __future__ import annotations

import struct

import format_samples as make
import pytest

from migrator.rules import formats
from migrator.rules.verification import NONDETERMINISTIC
from migrator.verify.formats.files import explained
from migrator.verify.formats.told import tell

HULL = b"the hull of the ship " * 8
LOG = b"2020-01-01 10:00:00 startup archives unpack\n2020-01-01 10:00:01 install libc6\n"
REVISION = "b" * 40

# name, path, the file, the same with what may differ, the rule for it, the same with that and one thing more
ROWS = [
    ("gzip", "/a.gz", make.gzipped(HULL), make.gzipped(HULL, 9), formats.GZIP_TIME, make.gzipped(HULL + b"!", 9)),
    ("tar", "/a.tar", make.tarred(HULL), make.tarred(HULL, 9), formats.TAR_TIME, make.tarred(HULL, 9, mode=0o600)),
    ("tar, a name", "/a.tar", make.tarred(HULL), make.tarred(HULL, 9), formats.TAR_TIME,
     make.tarred(HULL, 9, "ship/hulk")),
    ("ar", "/a.a", make.ar(HULL), make.ar(HULL, 9), formats.AR_TIME, make.ar(HULL[:-1] + b"!", 9)),
    ("zip", "/a.jar", make.zipped(HULL), make.zipped(HULL, 8), formats.ZIP_TIME, make.zipped(HULL[:-1] + b"!", 8)),
    ("zip, a name", "/a.jar", make.zipped(HULL), make.zipped(HULL, 8), formats.ZIP_TIME,
     make.zipped(HULL, 8, ("A.class", "C.class"))),
    ("zip order", "/a.jar", make.zipped(HULL), make.zipped(HULL, names=("B.class", "A.class")), formats.ZIP_ORDER,
     make.zipped(HULL + b"!", names=("B.class", "A.class"))),
    ("elf", "/bin/a", make.elf(HULL), make.elf(HULL, b"\2" * 20), formats.BUILD_ID,
     make.elf(HULL[1:] + b"x", b"\2" * 20)),
    ("go", "/bin/a", make.elf(HULL, go=True), make.elf(HULL, revision=REVISION, go=True), formats.GO_STAMP,
     make.elf(HULL[1:] + b"x", revision=REVISION, go=True)),
    ("pe", "/a.exe", make.pe(), make.pe(9), formats.PE_TIME, make.pe(9, make.STRIPE[::-1])),
    ("pe library", "/a.dll", make.pe_library(), make.pe_library(9), formats.PE_TIME,
     make.pe_library(9, name=b"shop.dll")),
    ("pyc", "/a.pyc", make.pyc(HULL), make.pyc(HULL, 9), formats.PYC_TIME, make.pyc(HULL[:-1] + b"!", 9)),
    ("log", "/var/log/dpkg.log", LOG, LOG.replace(b"10:00:01", b"11:22:33"), formats.LOG_TIME,
     LOG.replace(b"10:00:01", b"11:22:33").replace(b"libc6", b"libc7")),
    ("database", "/var/lib/dpkg/status", LOG, LOG.replace(b"2020", b"2021"), formats.LOG_TIME,
     LOG.replace(b"2020", b"2021") + b"more\n"),
    ("machine id", "/etc/machine-id", b"a" * 32 + b"\n", b"b" * 32 + b"\n", formats.MACHINE_ID, b"uninitialized\n"),
    ("loader cache", "/etc/ld.so.cache", make.loader_cache("liba", "libb"), make.loader_cache("libb", "liba"),
     formats.LOADER_CACHE, make.loader_cache("libb", "libc")),
    ("source map", "/app.js.map", make.source_map("/src"), make.source_map("/app"), formats.SOURCE_MAP,
     make.source_map("/app", "AAAB")),
]  # fmt: skip


@pytest.mark.parametrize(("path", "legacy", "new", "rule"), [row[1:5] for row in ROWS], ids=[row[0] for row in ROWS])
def test_what_may_differ_is_set_aside_by_its_rule_and_shown(path: str, legacy: bytes, new: bytes, rule: object) -> None:
    found = explained(path, legacy, new)
    assert found
    assert {spot.cause for spot in found} == {rule}
    for spot in found:
        assert spot.where
        assert spot.told[0] != spot.told[1]


@pytest.mark.parametrize(
    ("path", "legacy", "other"), [(row[1], row[2], row[5]) for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_what_is_planted_beside_it_is_not(path: str, legacy: bytes, other: bytes) -> None:
    assert explained(path, legacy, other) is None


@pytest.mark.parametrize("row", [row for row in ROWS if row[1][1:4] != "var"], ids=lambda row: row[0])
def test_no_other_byte_may_differ(row: tuple[str, str, bytes, bytes, object, bytes]) -> None:
    """Every single byte is changed in turn: only those of times, ids and stamps are let pass."""
    _, path, legacy, *_ = row
    passed = []
    for at in range(len(legacy)):
        changed = bytearray(legacy)
        changed[at] ^= 1
        if explained(path, legacy, bytes(changed)) is not None:
            passed.append(at)
    assert passed == allowed(row[0].partition(",")[0], legacy)


def allowed(kind: str, data: bytes) -> list[int]:
    """Where a single byte may differ, counted by hand for each format."""

    def ranges(*pairs: tuple[int, int]) -> list[int]:
        return [at for start, end in pairs for at in range(start, end)]

    hull = data.find(b"\0GNU\0") if kind in {"elf", "go"} else 0
    if kind in {"zip", "zip order"}:
        locals_ = [at for at in range(len(data)) if data[at : at + 4] == b"PK\3\4"]
        centrals = [at for at in range(len(data)) if data[at : at + 4] == b"PK\1\2"]
        return ranges(*((at + 10, at + 14) for at in locals_), *((at + 12, at + 16) for at in centrals))
    if kind in {"elf", "go"}:
        start = hull + 5
        stamps = [
            (data.find(b"revision=") + 9, data.find(b"revision=") + 49),
            (data.find(b"vcs.time=") + 9, data.find(b"vcs.time=") + 29),
        ]
        return ranges((start, start + 20), *(stamps if kind == "go" else []))
    if kind == "pe library":
        tables = (0x200 + 4, 0x240 + 4, 0x240 + 28 + 4)
        return ranges((0x48, 0x4C), (0x40 + 88, 0x40 + 92), *((at, at + 4) for at in tables))
    if kind == "pe":
        return ranges((0x48, 0x4C), (0x40 + 88, 0x40 + 92))
    if kind == "source map":
        return ranges(*((data.find(name), data.find(name) + 9) for name in (b"/src/a.js", b"/src/b.js")))
    if kind == "machine id":
        # One digit in place of another is an id; what is none after the change is not.
        return [at for at in range(32) if chr(data[at] ^ 1) in "0123456789abcdef"]
    fixed = {
        "gzip": [(4, 8)], "ar": [(24, 36)], "pyc": [(8, 12)], "loader cache": [],
        "tar": [],  # a time alone does not fit the checksum of its header
    }  # fmt: skip
    return ranges(*fixed[kind])


@pytest.mark.parametrize("depth", [1, 3])
def test_files_within_files_are_looked_into(depth: int) -> None:
    legacy, new, other = make.pyc(HULL), make.pyc(HULL, 9), make.pyc(HULL[:-1] + b"!", 9)
    for _ in range(depth):
        legacy, new, other = (make.gzipped(make.tarred(data, time, "a.pyc"), time)
                              for data, time in ((legacy, 1), (new, 5), (other, 5)))  # fmt: skip
    found = explained("/a.tgz", legacy, new)
    assert found
    assert {spot.cause for spot in found} == {formats.PYC_TIME, formats.GZIP_TIME, formats.TAR_TIME}
    assert any("a.pyc" in spot.where for spot in found)
    assert explained("/a.tgz", legacy, other) is None


@pytest.mark.parametrize("pack", [make.xz, make.bzip2])
def test_what_has_no_time_of_its_own_is_looked_through(pack: object) -> None:
    assert callable(pack)
    found = explained("/a.tar.xz", pack(make.tarred(HULL)), pack(make.tarred(HULL, 9)))
    assert found
    assert {spot.cause for spot in found} == {formats.TAR_TIME}
    assert explained("/a.tar.xz", pack(make.tarred(HULL)), pack(make.tarred(HULL + b"!", 9))) is None


def test_a_package_of_several_members_is_looked_through() -> None:
    found = explained("/a.apk", make.apk(HULL), make.apk(HULL, 9))
    assert found
    assert {spot.cause for spot in found} == {formats.TAR_TIME, formats.GZIP_TIME}
    assert explained("/a.apk", make.apk(HULL), make.apk(HULL[:-1] + b"!", 9)) is None
    assert explained("/a.apk", make.apk(HULL), make.apk(HULL, 9) + make.gzipped(b"more")) is None
    assert explained("/a.apk", make.apk(HULL), make.apk(HULL, 9) + b"more") is None
    many = make.gzipped(b"") * 1000
    assert explained("/a.gz", many + make.gzipped(b"", 2), many + make.gzipped(b"", 3)) is None


def test_another_way_to_compress_the_same_is_a_difference() -> None:
    import gzip  # noqa: PLC0415 - of this test only

    one, other = gzip.compress(HULL, 9, mtime=1), gzip.compress(HULL, 0, mtime=1)
    assert one != other
    assert explained("/a.gz", one, other) is None


@pytest.mark.parametrize(
    "damage", [b"", b"\x1f\x8b\x08", b"PK\3\4" + bytes(40), b"!<arch>\nno", b"\x7fELF" + bytes(60), b"{"]
)
def test_what_is_not_what_it_seems_is_a_difference(damage: bytes) -> None:
    for path in ("/a", "/a.map", "/etc/ld.so.cache", "/var/log/x", "/a.pyc"):
        assert explained(path, damage + b"1", damage + b"2") is None


def test_a_bomb_is_not_unpacked_without_end() -> None:
    bomb = make.gzipped(bytes(64 << 20))
    for _ in range(2):
        bomb = make.gzipped(bomb)
    assert explained("/a.gz", bomb, make.gzipped(b"")) is None


NOISE = b"head " + bytes(200) + b" built 10:00:01 by 7f3a " + bytes(200) + b" tail"


def test_what_a_build_does_not_repeat_is_set_aside_by_region() -> None:
    again, new = NOISE.replace(b"10:00:01", b"10:00:09"), NOISE.replace(b"10:00:01", b"10:02:30")
    (spot,) = explained("/ship", NOISE, new, again) or []
    assert spot.cause is NONDETERMINISTIC
    assert spot.at == NOISE.index(b"10:00:01")
    assert (spot.legacy, spot.new) == (b"10:00:01", b"10:02:30")


@pytest.mark.parametrize("beside", [(b"head", b"heat"), (b"tail", b"tale"), (b"7f3a", b"7f3b"), (b"built", b"build")])
def test_a_change_beside_the_region_is_not(beside: tuple[bytes, bytes]) -> None:
    again, new = NOISE.replace(b"10:00:01", b"10:00:09"), NOISE.replace(b"10:00:01", b"10:02:30")
    assert explained("/ship", NOISE, new.replace(*beside), again) is None


def test_regions_of_lines_whose_lengths_change() -> None:
    lines = [b"name: ship\n", b"seconds: 9\n", b"host: a\n"]
    legacy, again = b"".join(lines), b"".join([lines[0], b"seconds: 10\n", lines[2]])
    new = b"".join([lines[0], b"seconds: 1234\n", lines[2]])
    assert explained("/ship", legacy, new, again)
    assert explained("/ship", legacy, new.replace(b"host: a", b"host: b"), again) is None
    assert explained("/ship", legacy, new.replace(b"name", b"game"), again) is None


def test_noise_within_an_archive_is_found_where_it_is() -> None:
    files = [make.gzipped(make.tarred(NOISE.replace(b"10:00:01", time)), number)
             for number, time in enumerate((b"10:00:01", b"10:02:30", b"10:00:09"))]  # fmt: skip
    legacy, new, again = files
    found = explained("/a.tgz", legacy, new, again)
    assert found
    assert {spot.cause for spot in found} == {NONDETERMINISTIC, formats.GZIP_TIME}
    planted = make.gzipped(make.tarred(NOISE.replace(b"10:00:01", b"10:02:30").replace(b"head", b"heat")), 1)
    assert explained("/a.tgz", legacy, planted, again) is None


def test_a_time_in_an_elf_file_is_a_region_of_its_section() -> None:
    legacy, new, again = (make.elf(HULL + struct.pack(">I", time) + HULL, bytes([time % 251]) * 20)
                          for time in (1000, 1005, 1009))  # fmt: skip
    found = explained("/bin/ship", legacy, new, again)
    assert found
    assert {spot.cause for spot in found} == {formats.BUILD_ID, NONDETERMINISTIC}
    (time,) = [spot for spot in found if spot.cause is NONDETERMINISTIC]
    assert time.where.startswith("section .text: ")
    # The place is that in the file, not in the section.
    assert legacy[time.at or 0 :].startswith(time.legacy)


def test_the_section_that_differs_is_named() -> None:
    legacy, new = make.elf(HULL), make.elf(HULL.replace(b"ship", b"shop", 1), b"\2" * 20)
    told = tell("/bin/ship", legacy, new)
    assert any(line.startswith("section .text: ") for line in told)
    assert any("build id" in line and "set aside" in line for line in told)
    assert all(line.startswith(("section .text: ", "build id in ")) for line in told)


def test_a_log_with_other_lines_each_time_is_not_repeated() -> None:
    """Not different: the legacy build itself writes another number of dates."""
    again, new = LOG + LOG[:44], LOG + LOG[:44].replace(b"10:00:00", b"10:59:00")
    found = explained("/var/log/dpkg.log", LOG, new, again)
    assert found
    assert {spot.cause for spot in found} == {NONDETERMINISTIC}
    assert explained("/var/log/dpkg.log", LOG, new.replace(b"libc6", b"libc7"), again) is None
