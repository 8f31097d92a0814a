"""Layers read from folders as overlayfs keeps them, and when they are not read from there."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import stat
from pathlib import Path

import pytest

from migrator.engine.layers import may_look, on_disk
from migrator.verify.entry import Kind
from migrator.verify.folders import IncompleteError, read_folder

needs_root = pytest.mark.skipif(not may_look(), reason="the marks of overlayfs are for root alone")
CAPABILITY = ("security.capability",)


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    folder = tmp_path / "diff"
    (folder / "d").mkdir(parents=True)
    (folder / "d" / "one").write_bytes(b"one\n")
    (folder / "d" / "one").chmod(0o4711)
    (folder / "two").hardlink_to(folder / "d" / "one")
    (folder / "link").symlink_to("/no/where")
    os.mkfifo(folder / "pipe")
    os.utime(folder / "d" / "one", ns=(0, 1_999_999_999))
    return folder


def test_every_kind_of_entry_is_what_an_archive_would_say(layer: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(os.path.relpath(layer / "socket"))
        found = read_folder(layer, CAPABILITY)
    assert {name: entry.kind for name, entry in found.entries.items()} == {
        "/d": Kind.FOLDER,
        "/d/one": Kind.FILE,
        "/two": Kind.FILE,
        "/link": Kind.LINK,
        "/pipe": Kind.FIFO,
    }
    one = found.entries["/d/one"]
    assert (one.mode, one.size, one.time) == (0o4711, 4, 1)
    assert one.content == hashlib.sha256(b"one\n").hexdigest()
    assert found.entries["/two"] == one
    assert one.linked in {"/d/one", "/two"}
    assert found.entries["/link"].link == "/no/where"
    assert not found.removed | found.opaque


def test_a_name_that_is_no_text_is_read(layer: Path) -> None:
    (layer / os.fsdecode(b"\xff\n")).touch()
    assert "/\udcff\n" in read_folder(layer, CAPABILITY).entries


@needs_root
def test_what_a_layer_hides_is_told_and_is_no_entry(layer: Path) -> None:
    os.mknod(layer / "gone", stat.S_IFCHR, os.makedev(0, 0))
    os.setxattr(layer / "d", "trusted.overlay.opaque", b"y")
    os.setxattr(layer / "d", "trusted.overlay.origin", b"x")
    found = read_folder(layer, CAPABILITY)
    assert found.removed == {"/gone"}
    assert found.opaque == {"/d"}
    assert "/gone" not in found.entries
    assert found.entries["/d"].xattrs == ()


@needs_root
def test_a_device_is_no_mark(layer: Path) -> None:
    os.mknod(layer / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    found = read_folder(layer, CAPABILITY)
    assert found.entries["/null"].device == (1, 3)
    assert not found.removed


@needs_root
@pytest.mark.parametrize("mark", ["metacopy", "redirect", "whiteout", "opaque", "what-comes-next"])
def test_a_layer_that_refers_to_others_is_not_read(layer: Path, mark: str) -> None:
    os.setxattr(layer / "d" / "one", f"trusted.overlay.{mark}", b"x")
    with pytest.raises(IncompleteError):
        read_folder(layer, CAPABILITY)


@needs_root
def test_a_layer_with_marks_of_users_is_not_read(layer: Path) -> None:
    """Under a mount by root they are attributes like any other, which anybody may have set."""
    os.setxattr(layer / "d", "user.overlay.opaque", b"y")
    with pytest.raises(IncompleteError):
        read_folder(layer, CAPABILITY)


def described(tmp_path: Path, folders: int) -> tuple[dict[str, object], Path]:
    """What `image inspect` says of an image on disk, and the file with its configuration."""
    config = tmp_path / "config"
    config.write_text(json.dumps({"config": {"User": "5"}}), encoding="utf-8")
    names = [str(tmp_path / f"layer-{number}") for number in range(folders)]
    for name in names:
        Path(name).mkdir()
    data = {"UpperDir": names[-1], "LowerDir": ":".join(reversed(names[:-1]))}
    return {
        "Id": "sha256:" + hashlib.sha256(config.read_bytes()).hexdigest(),
        "RootFS": {"Layers": [f"sha256:{number}" for number in range(folders)]},
        "GraphDriver": {"Name": "overlay2", "Data": data},
    }, config


@pytest.mark.parametrize("count", [1, 2, 4])
def test_layers_are_paired_with_their_folders_from_the_lowest(tmp_path: Path, count: int) -> None:
    inspected, config = described(tmp_path, count)
    found = on_disk(inspected, config, CAPABILITY)
    assert found is not None
    assert found.layers == tuple((f"sha256:{n}", tmp_path / f"layer-{n}") for n in range(count))
    assert found.config == {"config": {"User": "5"}}


@pytest.mark.parametrize(
    "change",
    [
        {"Id": "sha256:" + "0" * 64},
        {"GraphDriver": {"Name": "vfs", "Data": {}}},
        {"GraphDriver": {"Name": "overlayfs", "Data": None}},
        {"GraphDriver": None},
        {"RootFS": {"Layers": ["sha256:0"]}},
    ],
)
def test_what_does_not_fit_together_is_not_read_from_disk(tmp_path: Path, change: dict[str, object]) -> None:
    inspected, config = described(tmp_path, 3)
    assert on_disk({**inspected, **change}, config, CAPABILITY) is None


def test_a_folder_or_a_file_that_is_not_here_is_on_another_machine(tmp_path: Path) -> None:
    inspected, config = described(tmp_path, 2)
    assert on_disk(inspected, tmp_path / "absent", CAPABILITY) is None
    (tmp_path / "layer-0").rmdir()
    assert on_disk(inspected, config, CAPABILITY) is None
