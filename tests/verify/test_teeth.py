"""Teeth, with a real engine: for every aspect a change is planted in the new way, and must be seen as exactly that."""

from __future__ import annotations

import subprocess
import tarfile
from typing import TYPE_CHECKING

import pytest
from verify_bench import BUILDER, NEW, REPOSITORY, converted, member, prove, tar_of

from migrator.verify.verdict import Verdict, Verification

if TYPE_CHECKING:
    from conftest import Engine

pytestmark = pytest.mark.engine


ANEW = "RUN rm -r /d; mkdir /d; echo > /d/y"

# name, what is added to the legacy runtime, what to the new one, the differences that must be seen
ROWS = [
    ("content", "RUN echo a > /x", "RUN echo b > /x", {("content", "/x")}),
    ("one bit", "RUN printf A > /x", "RUN printf C > /x", {("content", "/x")}),
    ("mode", "RUN echo > /x", "RUN echo > /x && chmod 600 /x", {("mode", "/x")}),
    ("set-uid", "RUN echo > /x", "RUN echo > /x && chmod 4644 /x", {("mode", "/x")}),
    ("folder mode", "RUN mkdir /x", "RUN mkdir -m 700 /x", {("mode", "/x")}),
    ("owner", "RUN echo > /x", "RUN echo > /x && chown 7:0 /x", {("owner", "/x")}),
    ("group", "RUN echo > /x", "RUN echo > /x && chown 0:7 /x", {("owner", "/x")}),
    ("type", "RUN echo > /x", "RUN ln -s /etc/passwd /x", {("type", "/x")}),
    ("link", "RUN ln -s a /x", "RUN ln -s b /x", {("link", "/x")}),
    ("device", "RUN mknod /x c 1 3", "RUN mknod /x c 1 5", {("device", "/x")}),
    ("missing", "RUN echo > /x", "RUN true", {("missing", "/x")}),
    ("extra", "RUN true", "RUN echo > /x", {("extra", "/x")}),
    ("overwritten", "RUN echo > /x", "RUN echo > /x\nRUN echo 2 > /x", {("content", "/x")}),
    ("removed again", "RUN true", "RUN echo > /x\nRUN rm /x", set()),
    ("folder made anew", "RUN mkdir /d; echo > /d/x", "RUN mkdir /d; echo > /d/x\nRUN rm /d/x", {("missing", "/d/x")}),
    ("opaque", "RUN mkdir /d; echo > /d/x", f"RUN mkdir /d; echo > /d/x\n{ANEW}", {("missing", "/d/x"), ("extra", "/d/y")}),
    ("hard link", "RUN echo > /x && echo > /y", "RUN echo > /x && ln /x /y", set()),
    ("Env", "ENV A=1", "ENV A=2", {("config.Env", "")}),
    ("Cmd", 'CMD ["a"]', 'CMD ["b"]', {("config.Cmd", "")}),
    ("Entrypoint", 'ENTRYPOINT ["a"]\nCMD ["x"]', 'ENTRYPOINT ["b"]\nCMD ["x"]', {("config.Entrypoint", "")}),
    ("WorkingDir", "WORKDIR /tmp", "WORKDIR /etc", {("config.WorkingDir", "")}),
    ("User", "USER 1", "USER 2", {("config.User", "")}),
    ("ExposedPorts", "EXPOSE 80", "EXPOSE 81", {("config.ExposedPorts", "")}),
    ("Volumes", "VOLUME /tmp", "VOLUME /etc", {("config.Volumes", "")}),
    ("Labels", "LABEL a=1", "LABEL a=2", {("config.Labels", "")}),
    ("StopSignal", "STOPSIGNAL 9", "STOPSIGNAL 15", {("config.StopSignal", "")}),
    ("Healthcheck", "HEALTHCHECK CMD a", "HEALTHCHECK CMD b", {("config.Healthcheck", "")}),
    ("OnBuild", "ONBUILD RUN a", "ONBUILD RUN b", {("config.OnBuild", "")}),
    ("Shell", 'SHELL ["/bin/ash"]', 'SHELL ["/bin/sh", "-e"]', {("config.Shell", "")}),
]  # fmt: skip


def seen(outcome: object) -> set[tuple[str, str]]:
    assert isinstance(outcome, Verification), outcome
    return {(one.aspect, one.path) for one in outcome.differences if not one.set_aside}


@pytest.mark.parametrize(("legacy", "new", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_what_is_planted_is_seen_as_that_and_nothing_else(
    engine: Engine, legacy: str, new: str, expected: set[tuple[str, str]]
) -> None:
    repository = {**REPOSITORY, "Dockerfile": REPOSITORY["Dockerfile"] + legacy + "\n"}
    outcome = prove(engine, repository, converted(NEW + new + "\n"))
    assert seen(outcome) == expected
    assert outcome.verdict is (Verdict.DIFFERENT if expected else Verdict.IDENTICAL)


@pytest.mark.parametrize("row", [ROWS[0], ROWS[2], ROWS[5], ROWS[12], ROWS[16]], ids=lambda row: row[0])
def test_the_classic_builder_s_images_are_read_as_well(
    classic_engine: Engine, row: tuple[str, str, str, set[tuple[str, str]]]
) -> None:
    _, legacy, new, expected = row
    repository = {**REPOSITORY, "Dockerfile": REPOSITORY["Dockerfile"] + legacy + "\n"}
    assert seen(prove(classic_engine, repository, converted(NEW + new + "\n"))) == expected


def test_an_owner_that_copy_keeps_is_found(each_engine: Engine) -> None:
    """What --chown=0:0 is for: docker cp and the context make root the owner, COPY --from keeps the builder's."""
    owned = BUILDER.replace("chmod 755", "chown 1000:1000 /out/ferry && chmod 755")
    new = NEW.replace(BUILDER.partition("\n")[2], owned.partition("\n")[2])
    repository = {**REPOSITORY, "Dockerfile.build": owned}
    assert prove(each_engine, repository, converted(new)).verdict is Verdict.IDENTICAL
    without = prove(each_engine, repository, converted(new.replace("--chown=0:0 ", "")))
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
