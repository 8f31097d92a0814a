"""What every engine must do alike behind the interface: each test runs on each of them, and asks only the interface."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
from functools import partial
from typing import TYPE_CHECKING

import pytest

from migrator.engine.base import Leftover
from migrator.errors import EngineError
from migrator.verify.archive import read_archive
from migrator.verify.entry import Kind
from migrator.verify.reading import from_disk
from migrator.verify.snapshot import Snapshot, of_archive, take, take_pair

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Engine as Fixture

    from migrator.engine.base import Engine

pytestmark = pytest.mark.engine

PREFIX = "migrator-test-conformance"
CAPABILITY = bytes.fromhex("0100000200040000000000000000000000000000")  # cap_net_bind_service=ep
RECIPE = """FROM alpine:latest AS tool
ARG COLOUR=none
LABEL tool=yes
RUN mkdir /made && echo $COLOUR > /made/colour && chown 7:8 /made/colour && chmod 4750 /made/colour
FROM alpine:latest AS other
RUN mkdir -p /top/gone /top/kept && echo one > /top/gone/one && echo two > /top/kept/two && ln /top/kept/two /top/again
RUN rm -r /top/gone && mkdir /top/gone && echo new > /top/gone/new && ln -s ../kept /top/link && mkfifo /top/pipe
ADD made.tar /
ENV PLACE=here LAST=1
WORKDIR /work
USER 5:6
EXPOSE 80
VOLUME /kept
STOPSIGNAL SIGINT
HEALTHCHECK --interval=5s CMD ["/bin/true"]
ONBUILD RUN echo more
SHELL ["/bin/sh", "-ec"]
ENTRYPOINT ["/bin/echo"]
CMD ["said"]
"""


@pytest.fixture(scope="module")
def engine_of(engine_of_module: Fixture) -> Engine:
    """The engine behind our own interface."""
    return engine_of_module.with_images("alpine:latest").interface


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a recipe, and an archive of which one file has a capability."""
    folder = tmp_path_factory.mktemp("recipe")
    (folder / "Dockerfile").write_text(RECIPE, encoding="utf-8")
    with tarfile.open(folder / "made.tar", "w", format=tarfile.PAX_FORMAT) as archive:
        entry = tarfile.TarInfo("unpacked")
        entry.size, entry.mode = 2, 0o755
        entry.pax_headers = {"SCHILY.xattr.security.capability": CAPABILITY.decode("latin-1")}
        archive.addfile(entry, io.BytesIO(b"x\n"))
    return folder


@pytest.fixture(scope="module")
def built(engine_of: Engine, recipe: Path) -> Iterator[tuple[str, str]]:
    """Both stages as images of our own."""
    names = (f"{PREFIX}/tool:1", f"{PREFIX}/other:1")
    try:
        for name, stage in zip(names, ("tool", "other"), strict=True):
            options = ["--target", stage, "--build-arg", "COLOUR=blue", "--label", "given=too", "-t", name, "."]
            assert engine_of.build(options, str(recipe))
        yield names
    finally:
        engine_of.remove(engine_of.named(PREFIX))


def test_a_build_takes_arguments_labels_and_a_target(engine_of: Engine, built: tuple[str, str]) -> None:
    tool = take(engine_of, built[0])
    assert labels(tool) == {"tool": "yes", "given": "too"}
    assert tool.files["/made/colour"].size == len("blue\n")
    assert "/top" not in tool.files
    assert labels(take(engine_of, built[1])) == {"given": "too"}


def labels(image: Snapshot) -> dict[str, str]:
    """The labels of an image, without the one that buildah puts on everything."""
    return {name: value for name, value in image.config["Labels"].items() if name != "io.buildah.version"}


def test_an_image_is_described(engine_of: Engine, built: tuple[str, str]) -> None:
    found = engine_of.image(built[0])
    base = engine_of.image("alpine:latest")
    assert found is not None
    assert base is not None
    assert found.tags == (built[0],)
    assert found.layers[: len(base.layers)] == base.layers
    assert len(found.layers) > len(base.layers)
    assert found.size >= base.size > 0
    again = engine_of.image(found.id)
    assert again is not None
    assert again.id == found.id
    assert engine_of.image(f"{PREFIX}/absent:1") is None


def test_a_build_that_fails_gives_nothing_and_leaves_nothing(engine_of: Engine, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM alpine:latest AS one\nRUN echo a > /a\nFROM one\nRUN exit 3\n")
    before = set(engine_of.named(""))  # images of one second are listed in any order
    assert engine_of.build(["-t", f"{PREFIX}/fails:1", "."], str(tmp_path)) is None
    assert engine_of.build(["--target", "absent", "-t", f"{PREFIX}/fails:1", "."], str(tmp_path)) is None
    assert set(engine_of.named("")) == before
    assert engine_of.image(f"{PREFIX}/fails:1") is None


def test_the_merged_file_system_has_neither_what_a_layer_removed_nor_its_marks(
    engine_of: Engine, built: tuple[str, str]
) -> None:
    files = take(engine_of, built[1]).files
    assert {path for path in files if path.startswith("/top")} == {
        *("/top", "/top/again", "/top/gone", "/top/gone/new", "/top/kept", "/top/kept/two", "/top/link", "/top/pipe")
    }
    assert files["/top/again"] == files["/top/kept/two"]
    assert files["/top/link"].link == "../kept"
    assert files["/top/pipe"].kind is Kind.FIFO
    assert not any("/.wh." in path for path in files)


def test_modes_owners_and_attributes_are_read(engine_of: Engine, built: tuple[str, str]) -> None:
    made = take(engine_of, built[0]).files["/made/colour"]
    assert (made.mode, made.owner) == (0o4750, (7, 8))
    unpacked = take(engine_of, built[1]).files["/unpacked"]
    assert dict(unpacked.xattrs)["security.capability"].encode("latin-1") == CAPABILITY


def test_every_field_of_the_configuration_is_read(engine_of: Engine, built: tuple[str, str]) -> None:
    config = take(engine_of, built[1]).config
    assert config["Env"][-2:] == ["PLACE=here", "LAST=1"]
    assert (config["WorkingDir"], config["User"], config["StopSignal"]) == ("/work", "5:6", "SIGINT")
    assert (config["ExposedPorts"], config["Volumes"]) == (["80/tcp"], ["/kept"])
    assert (config["Entrypoint"], config["Cmd"], config["Shell"]) == (["/bin/echo"], ["said"], ["/bin/sh", "-ec"])
    assert config["OnBuild"] == ["RUN echo more"]
    assert config["Healthcheck"] == {"Test": ["CMD", "/bin/true"], "Interval": 5_000_000_000}


def test_every_source_says_the_same_of_an_image(
    engine_of: Engine, engine_of_module: Fixture, built: tuple[str, str]
) -> None:
    """But for the root itself: with its times, and with the bytes of a file that is taken out on the way."""
    private = os.geteuid() == 0 and (
        engine_of_module.program == "podman" or "/migrator-engine/" in engine_of_module.env.get("DOCKER_HOST", "")
    )
    for image in (*built, "alpine:latest"):
        disk = engine_of.on_disk(image)
        assert disk is not None or not private
        files: dict[str, bytes] = {}
        others: dict[str, bytes] = {}
        with engine_of.save(image) as source:
            archive = read_archive(source, (), partial(Taken, files))
        if disk is not None:
            seen, told = of_archive(from_disk(disk, (), partial(Taken, others))), of_archive(archive)
            assert dict(seen.files) == {path: entry for path, entry in told.files.items() if path != "/"}
            assert seen.config == told.config
            assert set(others.items()) >= set(files.items())
            base = engine_of.image("alpine:latest")
            assert base is not None
            assert from_disk(disk, base.layers).layers[0] is None


class Taken:
    """The bytes of one file, under its sha256."""

    def __init__(self, found: dict[str, bytes], path: str) -> None:
        self.path, self.found = path, found
        self.blocks: list[bytes] = []

    def write(self, block: bytes) -> None:
        self.blocks.append(block)

    def close(self, digest: str) -> None:
        self.found[f"{self.path} {digest}"] = b"".join(self.blocks)


def test_what_two_images_share_is_not_read(
    engine_of: Engine, engine_of_module: Fixture, built: tuple[str, str]
) -> None:
    one, other = take_pair(engine_of, built[0], built[0])
    whole = take(engine_of, built[0], root=False)
    assert one == other
    base = engine_of.image("alpine:latest")
    found = engine_of.image(built[0])
    assert base is not None
    assert found is not None
    above = take(engine_of, built[0], base.layers, root=False)
    # Up to Docker 24 an archive does not say in time which layer comes; the disk does.
    named = engine_of_module.program != "docker" or int(engine_of_module.version.split(".")[0]) >= 25
    known = named or engine_of.on_disk(built[0]) is not None
    assert above.partial == known
    assert (set(above.files) < set(whole.files)) == known
    assert {path: whole.files[path] for path in above.files} == dict(above.files)


def test_two_images_that_differ_are_read_whole(engine_of: Engine, built: tuple[str, str]) -> None:
    pair = take_pair(engine_of, *built)
    assert pair == (take(engine_of, built[0], root=False), take(engine_of, built[1], root=False))
    assert not any(one.partial for one in pair)


def test_one_path_is_copied_out_and_nothing_is_left_of_it(engine_of: Engine, built: tuple[str, str]) -> None:
    with engine_of.copy_out(built[1], "/top/kept", f"{PREFIX}-reader") as source:
        archive = io.BytesIO(source.read())
    with tarfile.open(fileobj=archive) as opened:
        assert [name.removeprefix("./") for name in opened.getnames()] == ["kept", "kept/two"]
        member = opened.extractfile(opened.getmembers()[1])
        assert member is not None
        assert member.read() == b"two\n"
    assert {thing.kind for thing in engine_of.named(PREFIX)} == {"image"}


def test_a_path_that_is_not_there_gives_no_archive(engine_of: Engine, built: tuple[str, str]) -> None:
    with engine_of.copy_out(built[0], "/absent", f"{PREFIX}-reader") as source:
        assert source.read() == b""
    assert {thing.kind for thing in engine_of.named(PREFIX)} == {"image"}


def test_an_image_that_is_not_there_is_an_error(engine_of: Engine) -> None:
    with pytest.raises(EngineError, match="save failed"), engine_of.save(f"{PREFIX}/absent:1") as source:
        source.read()
    with pytest.raises(EngineError), engine_of.copy_out(f"{PREFIX}/absent:1", "/x", f"{PREFIX}-reader") as source:
        source.read()


def test_a_run_tells_its_exit_code_and_output_and_has_a_time_limit(engine_of: Engine, built: tuple[str, str]) -> None:
    done = engine_of.run(built[0], ["sh", "-c", "cat /made/colour; ls /nowhere; exit 4"], f"{PREFIX}-run", 60)
    assert done.code == 4
    assert b"blue\n" in done.stdout
    assert b"/nowhere" in done.stdout
    assert engine_of.run(built[0], ["sleep", "60"], f"{PREFIX}-run", 1).timed_out
    assert {thing.kind for thing in engine_of.named(PREFIX)} == {"image"}


def test_what_is_named_like_ours_is_found_and_removed_and_nothing_else(engine_of: Engine, recipe: Path) -> None:
    ours, neighbour = "migrator-test-named/tool:1", "other-named/tool:1"
    try:
        for name in (ours, neighbour):
            assert engine_of.build(["--target", "tool", "-t", name, "."], str(recipe))
        things = engine_of.named("migrator-test-named")
        assert things == (Leftover("image", ours),)
        engine_of.remove(things)
        engine_of.remove(things)
        assert engine_of.named("migrator-test-named") == ()
        assert engine_of.image(neighbour) is not None
        assert engine_of.image("alpine:latest") is not None
    finally:
        engine_of.remove([Leftover("image", neighbour)])


def test_the_free_space_is_that_of_the_disk_with_the_images(engine_of: Engine) -> None:
    folder, free = engine_of.images_folder(), engine_of.free_space()
    try:
        expected = shutil.disk_usage(folder).free
    except OSError:
        assert free is None
    else:
        assert free is not None
        assert abs(free - expected) < 1 << 30


def test_it_answers_and_says_what_it_is(engine_of: Engine, engine_of_module: Fixture) -> None:
    assert engine_of.answers()
    assert engine_of.title.split()[0] == engine_of_module.program
    assert engine_of.title.split()[1] == engine_of_module.version.partition("+")[0]
    assert engine_of.builder == engine_of_module.builder
