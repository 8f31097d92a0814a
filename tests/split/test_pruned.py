"""What was taken out of node_modules is missing on purpose, and nothing else is: each planted difference is seen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from migrator.engine.opening import Opened
from migrator.project import Project
from migrator.split.development import without_development
from migrator.split.fat import Fat, read
from migrator.split.image import Look
from migrator.split.leftover import leftover
from migrator.split.manifest import Lock, lock, manifest
from migrator.split.opened import missed
from migrator.split.plan import Plan, plan
from migrator.split.proof import same_artifacts, same_rest
from migrator.split.pruned import expected, nothing_lost
from migrator.verify.contents import Contents
from migrator.verify.entry import Entry, Kind
from migrator.verify.snapshot import CONFIG, Snapshot

if TYPE_CHECKING:
    from pathlib import Path

DOCKERFILE = 'FROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD ["node", "a.js"]\n'
PACKAGE = json.dumps({"dependencies": {"dep": "1"}, "devDependencies": {"tool": "1"}})
MODULES = "/app/node_modules"
TOOL = f"{MODULES}/tool/index.js"
NOTE = f"{MODULES}/.package-lock.json"


def of_case() -> Plan:
    fat = read(
        Project.of({"Dockerfile": DOCKERFILE, "package.json": PACKAGE, "a.js": "require('dep')\n"}), "Dockerfile", {}
    )
    assert isinstance(fat, Fat)
    found = plan(fat)
    assert isinstance(found, Plan)
    return without_development(found)


def file(text: str) -> Entry:
    return Entry(Kind.FILE, content=text, size=len(text))


def look(tmp_path: Path, *without: str, **more: str) -> Look:
    files = {"/app": Entry(Kind.FOLDER, 0o755), "/app/a.js": file("a"), "/app/package.json": file("package")}
    files |= {f"{MODULES}{one}": Entry(Kind.FOLDER, 0o755) for one in ("", "/dep", "/tool")}
    files |= {f"{MODULES}/dep/index.js": file("dep"), TOOL: file("tool"), NOTE: file("dep, tool")}
    files = {path: one for path, one in files.items() if not path.startswith(without or ("-",))}
    files |= {f"{MODULES}/{name}": file(text) for name, text in more.items()}
    makers = {path: 1 if path in {"/app", "/app/a.js", "/app/package.json"} else 2 for path in files}
    contents = Contents(None, tmp_path)  # type: ignore[arg-type]  # nothing in these images is read
    return Look("x", 1, Snapshot(files, dict.fromkeys(CONFIG)), contents, makers, makers)


def passed(before: Look, after: Look, *opened: str) -> dict[str, bool]:
    decided = of_case()
    should = expected(decided, before, after)
    seen = Opened(opened)
    checks = [*same_artifacts(decided, should.look, after), *same_rest(decided, should.look, after)]
    checks += nothing_lost(decided, should, seen, before, after)
    left = leftover(decided, should.look, after).unexplained
    return {one.name: one.passed for one in checks} | {"nothing is unexplained": not left}


def test_what_was_taken_out_is_missing_on_purpose(tmp_path: Path) -> None:
    before, after = look(tmp_path), look(tmp_path, f"{MODULES}/tool", **{".package-lock.json": "dep"})
    assert expected(of_case(), before, after).gone == (f"{MODULES}/tool", TOOL)
    found = passed(before, after, f"{MODULES}/dep/index.js")
    assert len(found) == 6
    assert all(found.values()), found
    # Without the line in the builder the same images are not the same.
    assert not all(one.passed for one in same_artifacts(of_case(), before, after))


@pytest.mark.parametrize(
    ("without", "more", "opened", "failing"),
    [
        ((f"{MODULES}/tool",), {}, (TOOL,), "nothing that is left out for development was opened"),
        ((f"{MODULES}/tool", f"{MODULES}/dep"), {}, (), "every package of production is there"),
        ((f"{MODULES}/tool",), {"dep/index.js": "another"}, (), f"{MODULES} is the same file"),
        ((f"{MODULES}/tool",), {"dep/more.js": "new"}, (), "all other files are the same"),
        (("/app/a.js",), {}, (), "nothing is unexplained"),
    ],
)
def test_any_other_difference_is_seen(
    tmp_path: Path, without: tuple[str, ...], more: dict[str, str], opened: tuple[str, ...], failing: str
) -> None:
    found = passed(look(tmp_path), look(tmp_path, *without, **more), *opened)
    assert found[failing] is False, found


def test_a_file_that_is_taken_out_is_not_asked_for_again(tmp_path: Path) -> None:
    """The builder has it no more, so that a COPY of it would fail."""
    before, after = look(tmp_path), look(tmp_path, f"{MODULES}/tool")
    should = expected(of_case(), before, after)
    assert missed(Opened((TOOL,)), before, after) == [TOOL]
    assert missed(Opened((TOOL,)), should.look, after) == []


def test_it_can_be_switched_off() -> None:
    plain = plan(of_case().fat)
    assert isinstance(plain, Plan)
    assert without_development(plain, keep=True) == plain
    assert [one.command for one in of_case().prunes] == ["npm prune --omit=dev"]


@pytest.mark.parametrize("text", [None, "", "[]", "[" * 100_000, "7", '"x"', "{", "\0", '{"a": 1} x'])
def test_what_is_no_package_json_gives_one_answer(text: str | None) -> None:
    assert manifest(text) == "it is no JSON object"
    assert lock(text) == Lock()


@pytest.mark.parametrize("name", ["dependencies", "optionalDependencies", "devDependencies", "scripts"])
def test_a_part_of_another_kind_is_named(name: str) -> None:
    assert manifest(json.dumps({name: ["a"]})) == f"its {name} is no object"


def test_odd_lock_files_say_nothing() -> None:
    assert (
        lock('{"lockfileVersion": true, "packages": {"node_modules/a": 7, "node_modules/b": {"bin": "x"}}}') == Lock()
    )
    told = lock('{"lockfileVersion": 2, "packages": {"node_modules/a": {"dev": true, "bin": {"run-a": "x"}}}}')
    assert told == Lock(2, frozenset("a"), {"run-a": "a"})


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ('{"peerDependencies": {"tool": "1"}, "peerDependenciesMeta": {"tool": {"optional": true}}}', False),
        ('{"optionalDependencies": {"tool": "1"}}', False),
        ('{"peerDependencies": {"other": "1"}, "devDependencies": {"tool": "1"}}', True),
        ('{"peerDependencies": ["tool"]}', True),
        ("[" * 100_000, True),
    ],
)
def test_a_package_that_stays_and_may_use_one_that_was_taken_out(text: str, fine: bool, tmp_path: Path) -> None:  # noqa: FBT001
    (tmp_path / "listed").write_text(text, encoding="utf-8")
    more = {"dep/package.json": "listed"}
    before, after = look(tmp_path, **more), look(tmp_path, f"{MODULES}/tool", **more)
    found = passed(before, after)
    assert found.pop("no package that stays asks for one that is left out") == fine
    assert all(found.values()), found
