"""Snapshots of hand-made archives: whiteouts, links, attributes, both layouts."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import subprocess
import tarfile
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from verify_bench import member, tar_of

from migrator.errors import EngineError
from migrator.verify.archive import read_archive, read_layer
from migrator.verify.entry import Kind
from migrator.verify.snapshot import Snapshot, merge, of_archive, shared_layers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

DIR, LINK, HARD = tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE
CONFIG: dict[str, Any] = {"config": {"Env": ["A=1"], "Cmd": ["/run"], "ExposedPorts": {"80/tcp": {}}, "User": ""}}


def oci(layers: Sequence[bytes], config: dict[str, Any] = CONFIG) -> bytes:
    """The layout of Docker 25 and later: blobs by digest, in no useful order, the manifest behind them."""
    names = [f"blobs/sha256/{hashlib.sha256(layer).hexdigest()}" for layer in layers]
    text = json.dumps(config).encode()
    blobs = dict(sorted({**dict(zip(names, layers, strict=True)), "blobs/sha256/cfg": text}.items()))
    manifest = json.dumps([{"Config": "blobs/sha256/cfg", "RepoTags": None, "Layers": names}]).encode()
    files = {**blobs, "index.json": b"{}", "manifest.json": manifest, "oci-layout": b'{"imageLayoutVersion": "1.0.0"}'}
    return tar_of(member("blobs", DIR), *map(member, files), contents=files)


def docker_archive(layers: Sequence[bytes], config: dict[str, Any] = CONFIG) -> bytes:
    """The layout of Docker 20.10: a folder per layer; a layer that comes twice is a link."""
    members, contents, names = [], {}, []
    seen: dict[bytes, str] = {}
    for number, layer in enumerate(layers):
        name = f"layer{number}/layer.tar"
        names.append(name)
        members += [member(f"layer{number}", DIR), member(f"layer{number}/VERSION")]
        contents[f"layer{number}/VERSION"] = b"1.0"
        if layer in seen:
            members.append(member(name, LINK, linkname=f"../{seen[layer]}"))
        else:
            members.append(member(name))
            contents[name] = layer
        seen.setdefault(layer, name)
    contents["abc.json"] = json.dumps(config).encode()
    contents["manifest.json"] = json.dumps([{"Config": "abc.json", "RepoTags": ["x:1"], "Layers": names}]).encode()
    return tar_of(*members, member("abc.json"), member("manifest.json"), contents=contents)


def snapshot(archive: bytes, skip: Sequence[str] = ()) -> Snapshot:
    return of_archive(read_archive(io.BytesIO(archive), skip))


BASE = tar_of(
    member("etc", DIR),
    member("etc/old"),
    member("etc/keep"),
    member("var", DIR),
    member("var/a"),
    member("var/sub", DIR),
    member("var/sub/b"),
    contents={"etc/old": b"old", "etc/keep": b"keep"},
)


@pytest.mark.parametrize("layout", [oci, docker_archive])
def test_both_layouts_give_files_and_configuration(layout: Callable[[Sequence[bytes]], bytes]) -> None:
    found = snapshot(layout([BASE, tar_of(member("etc/keep"), contents={"etc/keep": b"changed"})]))
    assert sorted(found.files) == ["/etc", "/etc/keep", "/etc/old", "/var", "/var/a", "/var/sub", "/var/sub/b"]
    assert found.files["/etc/keep"].content == hashlib.sha256(b"changed").hexdigest()
    assert found.files["/etc/keep"].size == len(b"changed")
    assert found.config["Env"] == ["A=1"]
    assert found.config["ExposedPorts"] == ["80/tcp"]
    assert found.config["User"] is None
    assert not found.partial


def test_a_layer_that_comes_twice_counts_twice() -> None:
    removal = tar_of(member("etc/.wh.old"))
    for layout in (oci, docker_archive):
        assert "/etc/old" in snapshot(layout([BASE, removal, BASE])).files


def test_a_whiteout_removes_a_file_and_a_folder_with_what_is_in_it() -> None:
    found = snapshot(oci([BASE, tar_of(member("etc/.wh.old"), member(".wh.var"))])).files
    assert sorted(found) == ["/etc", "/etc/keep"]


def test_an_opaque_whiteout_hides_what_is_below_and_not_what_is_beside_it() -> None:
    layer = tar_of(member("var", DIR), member("var/new"), member("var/.wh..wh..opq"))
    found = snapshot(oci([BASE, layer])).files
    assert sorted(found) == ["/etc", "/etc/keep", "/etc/old", "/var", "/var/new"]


def test_a_file_removed_and_made_again_in_one_layer_is_there() -> None:
    layer = tar_of(member("etc/old"), member("etc/.wh.old"), contents={"etc/old": b"again"})
    assert snapshot(oci([BASE, layer])).files["/etc/old"].content == hashlib.sha256(b"again").hexdigest()


@pytest.mark.parametrize("kind", [tarfile.REGTYPE, LINK])
def test_a_folder_that_becomes_something_else_takes_its_content_along(kind: bytes) -> None:
    found = snapshot(oci([BASE, tar_of(member("var", kind, linkname="etc" if kind == LINK else ""))])).files
    assert sorted(found) == ["/etc", "/etc/keep", "/etc/old", "/var"]


def test_a_hard_link_is_the_file_also_across_layers_and_in_any_order() -> None:
    same = tar_of(member("one", HARD, linkname="two"), member("two"), contents={"two": b"x"})
    across = tar_of(member("etc/second", HARD, linkname="etc/keep"))
    found = snapshot(oci([BASE, same, across])).files
    assert found["/one"] == found["/two"]
    assert found["/etc/second"] == found["/etc/keep"]
    assert found["/etc/second"].kind is Kind.FILE


def test_which_names_are_one_file_is_known_whichever_of_them_the_archive_begins_with() -> None:
    first = tar_of(member("b"), member("a", HARD, linkname="b"), member("c", HARD, linkname="a"), member("alone"))
    other = tar_of(member("c"), member("a", HARD, linkname="c"), member("b", HARD, linkname="c"), member("alone"))
    found = snapshot(oci([first])).files
    assert {path: entry.linked for path, entry in found.items()} == {"/a": "/a", "/b": "/a", "/c": "/a", "/alone": ""}
    assert found == snapshot(oci([other])).files
    # One name removed, another replaced: the last one is a file by itself, also where the new one has its old name.
    above = tar_of(member(".wh.b"), member("a"), member("d", HARD, linkname="a"))
    over = snapshot(oci([first, above])).files
    assert {path: entry.linked for path, entry in over.items()} == {"/a": "/a", "/c": "", "/d": "/a", "/alone": ""}


def test_links_that_go_round_in_circles_end() -> None:
    found = snapshot(oci([tar_of(member("a", HARD, linkname="b"), member("b", HARD, linkname="a"))])).files
    assert found["/a"].kind is Kind.HARD_LINK


def test_attributes_devices_fifos_owners_and_modes_are_read() -> None:
    layer = tar_of(
        member("f", pax_headers={"SCHILY.xattr.user.note": "hi", "SCHILY.xattr.security.capability": "\x01\x00\udcff"}),
        member("c", tarfile.CHRTYPE, devmajor=1, devminor=3),
        member("b", tarfile.BLKTYPE, devmajor=7, devminor=0),
        member("p", tarfile.FIFOTYPE),
        member("s", mode=0o4755, uid=1000, gid=1001, mtime=17),
        member("l", LINK, linkname="../away"),
    )
    found = snapshot(oci([layer])).files
    assert dict(found["/f"].xattrs) == {"user.note": "hi", "security.capability": "\x01\x00\udcff"}
    assert (found["/c"].kind, found["/c"].device) == (Kind.CHARACTER, (1, 3))
    assert (found["/b"].kind, found["/b"].device) == (Kind.BLOCK, (7, 0))
    assert found["/p"].kind is Kind.FIFO
    assert (found["/s"].mode, found["/s"].owner, found["/s"].time) == (0o4755, (1000, 1001), 17)
    assert (found["/l"].kind, found["/l"].link) == (Kind.LINK, "../away")


def test_notes_of_overlayfs_for_itself_are_no_attributes_and_everything_else_is() -> None:
    """A podman without rights leaves them in layers, more or fewer by how the files are spread over these."""
    names = ("origin", "impure", "nlink", "upper", "uuid", "protattr", "opaque", "redirect", "originx", "x.origin")
    found = snapshot(
        oci([tar_of(member("f", pax_headers={f"SCHILY.xattr.user.overlay.{name}": "y" for name in names}))])
    )
    left = ("opaque", "originx", "redirect", "x.origin")
    assert found.files["/f"].xattrs == tuple((f"user.overlay.{name}", "y") for name in left)


def test_layers_that_are_compressed_are_read() -> None:
    assert snapshot(oci([gzip.compress(BASE)])).files == snapshot(oci([BASE])).files


def test_an_empty_layer_and_an_image_without_layers() -> None:
    assert snapshot(oci([BASE, tar_of()])).files == snapshot(oci([BASE])).files
    assert snapshot(oci([])).files == {}


def test_names_never_climb_out_of_the_root() -> None:
    found = snapshot(oci([tar_of(member("../../etc/x"), member("/abs"), member("./a/../b"))])).files
    assert sorted(found) == ["/abs", "/b", "/etc/x"]


def test_a_thousand_folders_deep_and_odd_names() -> None:
    deep = "/".join(["d"] * 1000)
    odd = ["new\nline", "blank and -dash", "\udcff\udcfe", "{", "ü", ".wh"]
    found = snapshot(oci([tar_of(member(f"{deep}/f"), *map(member, odd))])).files
    assert f"/{deep}/f" in found
    assert {f"/{name}" for name in odd} <= set(found)


def test_a_file_of_a_terabyte_that_is_a_hole_is_read_at_once(tmp_path: Path) -> None:
    def layer(text: str) -> bytes:
        with (tmp_path / "hole").open("w") as target:
            target.truncate(1 << 40)
            target.seek(1 << 39)
            target.write(text)
        words = ["tar", "--sparse", "--format=pax", "--mtime=@0", "-cf", "-", "-C", str(tmp_path), "hole"]
        return subprocess.run(words, check=True, capture_output=True).stdout

    one, same, other = (read_layer(io.BytesIO(layer(text))).entries["/hole"] for text in ("a", "a", "b"))
    assert one.size == 1 << 40
    assert one == same
    assert one.content != other.content


# A million take two minutes; an everyday run reads as many as show that time and memory grow with them alone.
ENTRIES = 1_000_000 if "MIGRATOR_EVERY_CASE" in os.environ else 4_000


def test_many_entries_are_read_in_memory_that_each_takes_little_of() -> None:
    layer = tar_of(*(member(f"d/{number}") for number in range(ENTRIES)))
    tracemalloc.start()
    found = read_layer(io.BytesIO(layer)).entries
    taken = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found) == ENTRIES
    assert taken / ENTRIES < 1500


def test_a_skipped_layer_leaves_whiteouts_as_entries() -> None:
    upper = tar_of(member("etc/.wh.old"), member("var/.wh..wh..opq"), member("new"))
    found = snapshot(oci([BASE, upper]), [f"sha256:{hashlib.sha256(BASE).hexdigest()}"])
    assert found.partial
    assert {path: entry.kind for path, entry in found.files.items()} == {
        "/etc/old": Kind.WHITEOUT,
        "/var/*": Kind.WHITEOUT,
        "/new": Kind.FILE,
    }


def test_shared_layers_are_those_in_front_that_do_not_come_again() -> None:
    assert shared_layers(["a", "b", "c"], ["a", "b", "d"]) == ("a", "b")
    assert shared_layers(["a", "b", "a"], ["a", "b", "d"]) == ("b",)
    assert shared_layers(["x"], ["y"]) == ()


def test_merge_of_nothing() -> None:
    assert merge([]) == ({}, False)


@pytest.mark.parametrize(
    "archive",
    [
        b"",
        b"not a tar archive at all" * 100,
        tar_of(member("x")),
        oci([BASE])[:1500],
        tar_of(member("manifest.json"), contents={"manifest.json": b'[{"Config": "c", "Layers": ["gone"]}]'}),
        tar_of(member("manifest.json"), contents={"manifest.json": b"[{"}),
    ],
    ids=["empty", "noise", "no manifest", "cut off", "layer gone", "cut off JSON"],
)
def test_an_archive_that_is_broken_is_trouble_outside(archive: bytes) -> None:
    with pytest.raises(EngineError):
        snapshot(archive)


def test_reading_is_flat_in_memory() -> None:
    class Endless(io.RawIOBase):
        """A file of 300 MB that is never there as a whole."""

        def __init__(self) -> None:
            head = member("big")
            head.size = 300 << 20
            self.parts = [head.tobuf(tarfile.PAX_FORMAT)]
            self.left, self.largest = head.size + 1024, 0

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1, /) -> bytes:
            self.largest = max(self.largest, size)
            if self.parts:
                return self.parts.pop()
            given = min(size, self.left)
            self.left -= given
            return bytes(given)

    source = Endless()
    layer = read_layer(source)
    assert layer.entries["/big"].size == 300 << 20
    assert source.largest <= 4 << 20
