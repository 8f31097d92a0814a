"""Teeth, with a real engine: for every aspect a change is planted in the new way, and must be seen as exactly that."""

from __future__ import annotations

import os
import subprocess
import tarfile
from typing import TYPE_CHECKING

import pytest
from verify_bench import BUILDER, NEW, REPOSITORY, converted, member, prove, tar_of

from migrator.verify.verdict import Verdict, Verification

if TYPE_CHECKING:
    from conftest import Engine

pytestmark = pytest.mark.engine


# name, what makes @ in the legacy image, what makes it in the new one, the differences that must be seen
FILES = [
    ("content", "echo a > @", "echo b > @", {("content", "@")}),
    ("one bit", "printf A > @", "printf C > @", {("content", "@")}),
    ("mode", "echo > @", "echo > @; chmod 600 @", {("mode", "@")}),
    ("set-uid", "echo > @", "echo > @; chmod 4644 @", {("mode", "@")}),
    ("sticky folder", "mkdir @", "mkdir @; chmod 1755 @", {("mode", "@")}),
    ("owner", "echo > @", "echo > @; chown 7:0 @", {("owner", "@")}),
    ("group", "echo > @", "echo > @; chown 0:7 @", {("owner", "@")}),
    ("a large owner", "echo > @; chown 3000000:0 @", "echo > @; chown 3000001:0 @", {("owner", "@")}),
    ("a large group", "echo > @; chown 0:4000000 @", "echo > @; chown 0:4000001 @", {("owner", "@")}),
    ("owner of a link", "ln -s x @", "ln -s x @; chown -h 7 @", {("owner", "@")}),
    ("type", "echo > @", "ln -s /etc/passwd @", {("type", "@")}),
    ("fifo", "echo > @", "mkfifo @", {("type", "@")}),
    ("link", "ln -s a @", "ln -s b @", {("link", "@")}),
    ("device", "mknod @ c 1 3", "mknod @ c 1 5", {("device", "@")}),
    ("missing", "echo > @", "true", {("missing", "@")}),
    ("missing folder", "mkdir @", "true", {("missing", "@")}),
    ("extra", "true", "echo > @", {("extra", "@")}),
    ("time", "echo > @", "echo > @; touch -d '2001-01-01' @", set()),
    ("mode of an empty folder", "mkdir @", "mkdir @; chmod 700 @", {("mode", "@")}),
    ("a block device for a character device", "mknod @ c 1 3", "mknod @ b 1 3", {("type", "@")}),
    ("a hole that is a byte longer", "truncate -s 1M @", "truncate -s 1048577 @", {("content", "@")}),
    ("a hole, and zeros", "truncate -s 1M @", "dd if=/dev/zero of=@ bs=1M count=1 2> /dev/null", set()),
    ("hard link", "echo > @; echo > @2", "echo > @; ln @ @2", set()),
    ("same", "echo > @", "echo > @", set()),
]
if "MIGRATOR_ROOTLESS" in os.environ:  # no device is made there, and 65536 ids are all
    FILES = [row for row in FILES if "mknod" not in row[1] and "000000" not in row[1]]
# The same, each line a layer of its own.
LAYERS = [
    ("overwritten", ["echo > @"], ["echo > @", "echo 2 > @"], {("content", "@")}),
    ("overwritten alike", ["echo 2 > @"], ["echo > @", "echo 2 > @"], set()),
    ("removed again", ["true"], ["echo > @", "rm @"], set()),
    ("file of a folder removed", ["mkdir @; echo > @/x"], ["mkdir @; echo > @/x", "rm @/x"], {("missing", "@/x")}),
    ("folder made anew", ["mkdir @; echo > @/x"], ["mkdir @; echo > @/x", "rm -r @; mkdir @; echo > @/y"],
     {("missing", "@/x"), ("extra", "@/y")}),
    ("file of the base removed", ["true"], ["rm /etc/group"], {("missing", "/etc/group")}),
    ("file of the base replaced", ["true"], ["rm /etc/passwd; mkdir /etc/passwd"], {("type", "/etc/passwd")}),
]  # fmt: skip
SETTINGS = [
    ("Env", "ENV A=1", "ENV A=2"),
    ("Cmd", 'CMD ["a"]', 'CMD ["b"]'),
    ("Entrypoint", 'ENTRYPOINT ["a"]\nCMD ["a"]', 'ENTRYPOINT ["b"]\nCMD ["b"]'),
    ("WorkingDir", "WORKDIR /tmp", "WORKDIR /etc"),
    ("User", "USER 1", "USER 2"),
    ("ExposedPorts", "EXPOSE 80", "EXPOSE 81"),
    ("Volumes", "VOLUME /tmp", "VOLUME /etc"),
    ("Labels", "LABEL a=1", "LABEL a=2"),
    ("StopSignal", "STOPSIGNAL 9", "STOPSIGNAL 15"),
    ("Healthcheck", "HEALTHCHECK CMD a", "HEALTHCHECK CMD b"),
    ("OnBuild", "ONBUILD RUN a", "ONBUILD RUN b"),
    ("Shell", 'SHELL ["/bin/ash"]', 'SHELL ["/bin/sh", "-e"]'),
    ("Author", "MAINTAINER a", "MAINTAINER b"),
]


def seen(outcome: object) -> set[tuple[str, str]]:
    assert isinstance(outcome, Verification), outcome
    return {(one.aspect, one.path) for one in outcome.differences if not one.set_aside}


def planted(engine: Engine, legacy: list[str], new: list[str]) -> object:
    """What verifying gives when the two ways end with these instructions."""
    repository = {**REPOSITORY, "Dockerfile": REPOSITORY["Dockerfile"] + "\n".join(legacy) + "\n"}
    return prove(engine, repository, converted(NEW + "\n".join(new) + "\n"))


def test_every_change_is_seen_as_what_it_is_and_nothing_else_is(each_engine: Engine) -> None:
    """All of them in one pair of images: in one layer, over several layers, and in the configuration."""
    once: tuple[list[str], list[str]] = ([], [])
    ways: tuple[list[str], list[str]] = ([], [])
    expected = {(f"config.{name}", "") for name, _, _ in SETTINGS}
    for number, (_, old, now, differences) in enumerate(FILES):
        path = f"/f{number}"
        for way, command in zip(once, (old, now), strict=True):
            way.append(command.replace("@", path))
        expected |= {(aspect, place.replace("@", path)) for aspect, place in differences}
    for number, (_, before, after, differences) in enumerate(LAYERS):
        path = f"/p{number}"
        for way, commands in zip(ways, (before, after), strict=True):
            way += [f"RUN {command.replace('@', path)}" for command in commands]
        expected |= {(aspect, place.replace("@", path)) for aspect, place in differences}
    legacy, new = (
        [f"RUN {'; '.join(commands)}", *way, *(row[column] for row in SETTINGS)]
        for column, commands, way in zip((1, 2), once, ways, strict=True)
    )
    outcome = planted(each_engine, legacy, new)
    assert seen(outcome) == expected
    assert isinstance(outcome, Verification)
    assert outcome.verdict is Verdict.DIFFERENT
    (linked,) = [f"/f{number}" for number, row in enumerate(FILES) if row[0] == "hard link"]
    assert {(one.path, one.cause) for one in outcome.differences if one.aspect == "hard-link"} == {
        (linked, "MG485"),
        (f"{linked}2", "MG485"),
    }


def test_an_owner_that_copy_keeps_is_found(each_engine: Engine) -> None:
    """What --chown=0:0 is for: docker cp and the context make root the owner, COPY --from keeps the builder's.

    That it is identical with it is held by the case owner-of-builder-user, on every engine.
    """
    owned = BUILDER.replace("chmod 755", "chown 1000:1000 /out/ferry && chmod 755")
    new = NEW.replace(BUILDER.partition("\n")[2], owned.partition("\n")[2])
    without = prove(each_engine, {**REPOSITORY, "Dockerfile.build": owned}, converted(new.replace("--chown=0:0 ", "")))
    assert seen(without) == {("owner", "/root/ferry")}


def test_an_extended_attribute_is_seen(engine: Engine) -> None:
    plain, marked = (
        tar_of(
            member("bin", tarfile.DIRTYPE),
            member("bin/f", pax_headers=headers),
            contents={"bin/f": b"x"},
        )
        for headers in ({}, {"SCHILY.xattr.security.capability": "\x01\x00\x00\x02\x00\x04\x00\x00" + "\x00" * 12})
    )
    names = ["migrator-test-xattr:plain", "migrator-test-xattr:marked"]
    try:
        for name, archive in zip(names, (plain, marked), strict=True):
            subprocess.run(
                ["docker", "import", "-c", "CMD x", "-", name],
                input=archive,
                env=dict(engine.env),
                check=True,
                capture_output=True,
            )
        repository = {**REPOSITORY, "Dockerfile": f"FROM {names[0]}\nCOPY ferry /ferry\n"}
        new = (
            BUILDER.replace("latest", "latest AS builder")
            + f"FROM {names[1]} AS runtime\nCOPY --from=builder /out/ferry /ferry\n"
        )
        assert seen(prove(engine, repository, converted(new))) == {("xattr", "/bin/f")}
    finally:
        engine.docker("rmi", "-f", *names)
