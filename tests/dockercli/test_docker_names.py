"""Names of images, ends of a copy, mounts."""

from __future__ import annotations

import pytest

from migrator.dockercli.names import (
    CopyEnd,
    Mount,
    MountKind,
    copy_end,
    has_digest,
    is_image_id,
    mount,
    normal_image,
    same_image,
    volume,
)

DIGEST = "sha256:" + "0" * 64
SYMBOL = chr(0x100000)


@pytest.mark.parametrize(
    ("name", "normal"),
    [
        ("app", "app:latest"),
        ("app:1.0", "app:1.0"),
        ("library/app", "app:latest"),
        ("docker.io/app", "app:latest"),
        ("docker.io/library/app:2", "app:2"),
        ("index.docker.io/me/app", "me/app:latest"),
        ("me/app", "me/app:latest"),
        ("reg:5000/app", "reg:5000/app:latest"),
        ("Reg.Example:5000/me/app:x", "reg.example:5000/me/app:x"),
        ("localhost/app", "localhost/app:latest"),
        ("app:Tag", "app:Tag"),
        (f"app@{DIGEST}", f"app@{DIGEST}"),
        (f"app:1@{DIGEST}", f"app@{DIGEST}"),
        (f"{SYMBOL}/app:{SYMBOL}", f"{SYMBOL}/app:{SYMBOL}"),
    ],
)
def test_normal_image(name: str, normal: str) -> None:
    assert normal_image(name) == normal
    assert normal_image(normal) == normal


def test_different_images_stay_different() -> None:
    assert same_image("app", "docker.io/library/app:latest")
    for other in ("app:1", "me/app", "reg:5000/app", "apps", f"app@{DIGEST}"):
        assert not same_image("app", other)


def test_ids_and_digests() -> None:
    assert is_image_id("a" * 64)
    assert is_image_id(DIGEST)
    assert not is_image_id("a" * 12)
    assert has_digest(f"x@{DIGEST}")
    assert not has_digest("x:1")


@pytest.mark.parametrize(
    ("word", "end"),
    [
        ("c:/x", CopyEnd("c", "/x")),
        ("c:x", CopyEnd("c", "x")),
        ("c:/a:b", CopyEnd("c", "/a:b")),
        ("c:", CopyEnd("c", "")),
        ("./a:b", CopyEnd(None, "./a:b")),
        ("../a:b", CopyEnd(None, "../a:b")),
        ("/a:b", CopyEnd(None, "/a:b")),
        ("dir/a:b", CopyEnd(None, "dir/a:b")),
        ("dir", CopyEnd(None, "dir")),
        (f"{SYMBOL}:/x", CopyEnd(SYMBOL, "/x")),
        (f"{SYMBOL}/x", CopyEnd(None, f"{SYMBOL}/x")),
        ("-", CopyEnd(None, "-")),
    ],
)
def test_copy_end(word: str, end: CopyEnd) -> None:
    assert copy_end(word) == end
    assert copy_end(word).is_stream == (word == "-")


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("/a:/b", Mount(MountKind.BIND, "/a", "/b")),
        ("/a:/b:ro", Mount(MountKind.BIND, "/a", "/b", readonly=True)),
        ("/a:/b:ro,z", Mount(MountKind.BIND, "/a", "/b", readonly=True)),
        ("/a:/b:rw", Mount(MountKind.BIND, "/a", "/b")),
        ("./a:/b", Mount(MountKind.BIND, "./a", "/b")),
        ("data:/b", Mount(MountKind.VOLUME, "data", "/b")),
        ("/b", Mount(MountKind.VOLUME, "", "/b")),
        (f"{SYMBOL}:/b", Mount(MountKind.BIND, SYMBOL, "/b")),
        ("C:\\a:/b", Mount(MountKind.BIND, "C:\\a", "/b")),
    ],
)
def test_volume(spec: str, expected: Mount) -> None:
    assert volume(spec) == expected


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("type=bind,source=/a,target=/b", Mount(MountKind.BIND, "/a", "/b")),
        ("type=bind,src=/a,dst=/b,readonly", Mount(MountKind.BIND, "/a", "/b", readonly=True)),
        ("type=bind,src=/a,destination=/b,ro=true", Mount(MountKind.BIND, "/a", "/b", readonly=True)),
        ("source=data,target=/b,readonly=false", Mount(MountKind.VOLUME, "data", "/b")),
        ("type=tmpfs,target=/b", Mount(MountKind.TMPFS, "", "/b")),
        ('type=bind,"source=/a,b",target=/b', Mount(MountKind.BIND, "/a,b", "/b")),
        ("type=npipe,source=x,target=y", Mount(MountKind.OTHER, "x", "y")),
    ],
)
def test_mount(spec: str, expected: Mount) -> None:
    assert mount(spec) == expected
