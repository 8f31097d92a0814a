"""The proof has teeth: for everything that it claims to compare, a planted difference is seen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from migrator.engine.opening import Opened
from migrator.project import Project
from migrator.split.fat import Fat, read
from migrator.split.image import Look
from migrator.split.leftover import leftover
from migrator.split.opened import missed, opened_alike
from migrator.split.plan import Carried, Plan, plan
from migrator.split.proof import everything_there, same_artifacts, same_configuration, same_folders, same_rest
from migrator.verify.contents import Contents
from migrator.verify.entry import Entry, Kind
from migrator.verify.snapshot import CONFIG, Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from migrator.split.result import Check

DOCKERFILE = 'FROM golang:1.21\nWORKDIR /src\nCOPY . .\nRUN go build -o app .\nRUN useradd web\nCMD ["./app", "site"]\n'
Files = dict[str, Entry]


def of_case() -> Plan:
    fat = read(
        Project.of({"Dockerfile": DOCKERFILE, "main.go": "", "site/a": "", "go.mod": "module x\n"}), "Dockerfile", {}
    )
    assert isinstance(fat, Fat)
    found = plan(fat)
    assert isinstance(found, Plan)
    return found


def file(text: str, **more: Any) -> Entry:  # noqa: ANN401 - fields of Entry
    return Entry(Kind.FILE, content=text, size=len(text), **more)


BASE = {
    "/bin": Entry(Kind.LINK, link="usr/bin"),
    "/usr": Entry(Kind.FOLDER, 0o755),
    "/usr/bin": Entry(Kind.FOLDER, 0o755),
    "/usr/bin/sh": file("sh"),
    "/etc/passwd": file("users"),
}
KEPT = {
    "/src": Entry(Kind.FOLDER, 0o755),
    "/src/app": file("program"),
    "/src/site": Entry(Kind.FOLDER, 0o755),
    "/src/site/a": file("a"),
}
LEFT = {"/src/main.go": file("go"), "/src/go.mod": file("module"), "/root/.cache/go-build/00": file("cache")}
MAKERS = {"/src": 0, "/src/app": 2, "/src/site": 1, "/src/site/a": 1, "/src/main.go": 1, "/src/go.mod": 1,
          "/root/.cache/go-build/00": 2, "/etc/passwd": 3}  # fmt: skip
SETTINGS = dict.fromkeys(CONFIG) | {"Env": ["PATH=/bin"], "Cmd": ["./app", "site"], "WorkingDir": "/src"}


def look(tmp_path: Path, files: Files, config: dict[str, Any] | None = None) -> Look:
    makers = {path: MAKERS.get(path) for path in files}
    contents = Contents(None, tmp_path)  # type: ignore[arg-type]  # nothing in these images is read
    return Look("x", 1, Snapshot(files, config or SETTINGS), contents, makers, makers)


@pytest.fixture
def images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Look, Look]]:
    # The files have no bytes, only digests, so there is nothing to take out of an engine.
    monkeypatch.setattr(Contents, "fetch", lambda *_: None)

    def both(
        files: Files | None = None, config: dict[str, Any] | None = None, extra: Files | None = None
    ) -> tuple[Look, Look]:
        return look(tmp_path, {**BASE, **KEPT, **LEFT, **(extra or {})}), look(
            tmp_path, files or {**BASE, **KEPT}, config
        )

    return both


def checks(before: Look, after: Look) -> list[Check]:
    case = of_case()
    settings, _ = same_configuration(case, "same", before, after)
    return [
        *same_artifacts(case, before, after),
        *settings,
        *everything_there(case, before, after),
        *same_rest(case, before, after),
    ]


def test_equal_images_pass_every_check(images: Callable[..., tuple[Look, Look]]) -> None:
    found = checks(*images())
    assert [one.name for one in found if not one.passed] == []
    assert len(found) == 5


FAULTS: list[tuple[str, Files, str]] = [
    ("content", {"/src/app": file("another")}, "/src/app is the same file"),
    ("mode", {"/src/app": file("program", mode=0o755)}, "/src/app is the same file"),
    ("owner", {"/src/app": file("program", owner=(1, 1))}, "/src/app is the same file"),
    ("attribute", {"/src/app": file("program", xattrs=(("security.capability", "x"),))}, "/src/app is the same file"),
    ("named", {"/src/site/a": file("b")}, "all other files are the same"),
    ("brought", {"/src/site/a": file("b")}, "what COPY brings, from the context and the builder"),
    ("users", {"/etc/passwd": file("others")}, "all other files are the same"),
    ("link", {"/bin": Entry(Kind.LINK, link="usr/sbin")}, "all other files are the same"),
    ("folder", {"/src": Entry(Kind.FOLDER, 0o700)}, "all other files are the same"),
    ("extra", {"/src/more": file("x")}, "all other files are the same"),
]


@pytest.mark.parametrize(("changed", "name"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
def test_a_planted_difference_is_seen(images: Callable[..., tuple[Look, Look]], changed: Files, name: str) -> None:
    found = checks(*images({**BASE, **KEPT, **changed}))
    assert name in [one.name for one in found if not one.passed]


@pytest.mark.parametrize("path", ["/src/app", "/src/site/a", "/usr/bin/sh", "/etc/passwd"])
def test_a_missing_path_is_seen(images: Callable[..., tuple[Look, Look]], path: str) -> None:
    files = {name: one for name, one in {**BASE, **KEPT}.items() if name != path}
    before, after = images(files)
    left = leftover(of_case(), before, after)
    assert [one for one in checks(before, after) if not one.passed] or path in left.unexplained


@pytest.mark.parametrize("field", [*CONFIG, "Author", "Architecture", "SomethingNew"])
def test_every_field_of_the_configuration_counts(images: Callable[..., tuple[Look, Look]], field: str) -> None:
    found = checks(*images(config={**SETTINGS, field: ["another"]}))
    assert [one.name for one in found if not one.passed] == [f"the same {field}"]
    _, notes = same_configuration(of_case(), "scratch", *images(config={**SETTINGS, field: ["X=another"]}))
    strict, _ = same_configuration(of_case(), "scratch", *images(config={**SETTINGS, field: ["X=another"]}))
    assert bool(notes) is (field in {"Env", "Shell", "Labels", "StopSignal", "Author"})
    assert all(one.passed for one in strict) is bool(notes)


def test_what_stays_in_the_builder_is_explained(images: Callable[..., tuple[Look, Look]]) -> None:
    assert leftover(of_case(), *images()).unexplained == ()
    assert leftover(of_case(), *images()).reasons == {"sources": 2, "caches": 1}


@pytest.mark.parametrize(
    "path",
    [
        "/src/made.dat",
        "/etc/made.conf",
        "/usr/lib/plugin.so",
        "/opt/x/y",
        "/srv/rules.d",
        "/etc/app/Makefile",
        "/var/x/a.go",
    ],
)
def test_what_nothing_explains_is_found(images: Callable[..., tuple[Look, Look]], path: str) -> None:
    before, after = images(extra={path: file("made")})
    made = {**(before.makers or {}), path: 2}
    assert leftover(of_case(), replace(before, makers=made, first=made), after).unexplained == (path,)


@pytest.mark.parametrize("path", ["/src/made.o", "/usr/local/lib/libx.a", "/tmp/Makefile", "/var/tmp/x.d"])
def test_what_a_compiler_leaves_where_it_works_is_explained(
    images: Callable[..., tuple[Look, Look]], path: str
) -> None:
    before, after = images(extra={path: file("made")})
    made = {**(before.makers or {}), path: 2}
    assert leftover(of_case(), replace(before, makers=made, first=made), after).unexplained == ()


@pytest.mark.parametrize("change", [{"mode": 0o700}, {"owner": (1000, 1000)}])
def test_a_folder_that_is_carried_has_its_mode_and_owner(
    images: Callable[..., tuple[Look, Look]], change: dict[str, Any]
) -> None:
    """A COPY makes the folder that it copies to anew: it is root's, and 0755."""
    carried = [Carried("/src/site", "made there", folder=True), Carried("/src/app", "the program")]
    (good,) = same_folders(carried, *images())
    assert good.passed
    own = {**BASE, **KEPT, "/src/site": replace(KEPT["/src/site"], **change)}
    (bad,) = same_folders(carried, *images(own))
    assert (bad.passed, bad.detail.partition(":")[0]) == (False, "/src/site")
    assert list(same_folders(carried[1:], *images(own))) == []


def test_what_was_opened_has_to_be_there(images: Callable[..., tuple[Look, Look]]) -> None:
    opened = Opened(("/src/app", "/usr/bin/sh", "/etc/passwd", "/src/site", "/proc/none"), seconds=4.0)
    (good,), unsure = opened_alike(opened, *images())
    assert (good.passed, good.detail) == (True, "3 files, all there")
    assert unsure == ["which files it opens after 4 seconds"]
    for path, entry in (("/usr/bin/sh", None), ("/src/app", file("another")), ("/etc/passwd", None)):
        files = {name: one for name, one in {**BASE, **KEPT, path: entry}.items() if one is not None}
        (bad,), _ = opened_alike(opened, *images(files))
        assert (bad.passed, bad.detail) == (False, path)
        assert missed(opened, *images(files)) == ([path] if entry is None else [])
    gone = {name: one for name, one in {**BASE, **KEPT}.items() if name != "/src/site/a"}
    _, listed = opened_alike(replace(opened, ended=True), *images(gone))
    assert listed == ["what it makes of the names in /src/site, which it lists"]


def test_a_file_under_the_name_of_a_link_is_there(images: Callable[..., tuple[Look, Look]]) -> None:
    """Where /bin is a link in one image and a folder in the other."""
    files = {**KEPT, "/etc/passwd": BASE["/etc/passwd"], "/bin": Entry(Kind.FOLDER, 0o755), "/bin/sh": file("sh")}
    assert missed(Opened(("/usr/bin/sh",)), *images(files)) == []


def test_what_nobody_could_see_is_no_evidence(images: Callable[..., tuple[Look, Look]]) -> None:
    seen = opened_alike(Opened(why="no reason"), *images())
    assert seen == ([], ["which files the program opens (not observed: no reason)"])
