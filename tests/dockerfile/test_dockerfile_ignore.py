from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest
from dockerfile_ignore_rows import MISREAD, REFUSED, ROWS, TREE
from hypothesis import given
from hypothesis import strategies as st

from migrator.dockerfile.ignore import IgnoreRules, check_ignore
from migrator.errors import InternalError
from migrator.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from conftest import Engine


def write(folder: Path, files: Iterable[str]) -> None:
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def seen_by(engine: Engine, context: Path, ignore: str, dockerfile: Path) -> set[str] | None:
    """The files of the context that `COPY . .` of a real build brings in, or None when the build is refused."""
    (context / ".dockerignore").write_bytes(ignore.encode())
    out = dockerfile.with_suffix(".tar")
    arguments = ("build", "-q", "-f", str(dockerfile), "-o", f"type=tar,dest={out}", str(context))
    if engine.docker(*arguments, check=False).returncode:
        return None
    with tarfile.open(fileobj=io.BytesIO(out.read_bytes())) as archive:
        names = {member.name for member in archive if member.isfile()}
    return names - {".dockerignore"}


@pytest.fixture
def dockerfile(tmp_path: Path) -> Path:
    path = tmp_path / "Dockerfile"
    path.write_text("FROM scratch\nCOPY . .\n")
    return path


@pytest.mark.parametrize(("text", "excluded"), ROWS)
def test_rows(text: str, excluded: tuple[str, ...]) -> None:
    rules = IgnoreRules.parse(text)
    assert rules.invalid == ()
    assert rules.admits(TREE) == tuple(path for path in TREE if path not in excluded)


@pytest.mark.engine
def test_the_engine_lets_in_the_same(engine: Engine, tmp_path: Path, dockerfile: Path) -> None:
    context = tmp_path / "context"
    write(context, TREE)
    for text, excluded in ROWS:
        # An image without any layer cannot be written; that everything is left out is then the answer.
        found = seen_by(engine, context, text, dockerfile)
        assert found == set(TREE) - set(excluded), text


@pytest.mark.engine
@pytest.mark.parametrize("text", REFUSED)
def test_the_engine_refuses_what_we_refuse(engine: Engine, tmp_path: Path, dockerfile: Path, text: str) -> None:
    assert IgnoreRules.parse(text).invalid != ()
    context = tmp_path / "context"
    write(context, TREE)
    assert seen_by(engine, context, text, dockerfile) is None


@pytest.mark.parametrize(("text", "excluded"), ROWS)
@pytest.mark.parametrize("folder", ["code", "a/b", "./we[i]rd", "st*r"])
def test_rebased_rules_do_the_same_in_their_folder(text: str, excluded: tuple[str, ...], folder: str) -> None:
    prefix = folder.removeprefix("./")
    moved = IgnoreRules.parse(IgnoreRules.parse(text).rebase(folder).render())
    inside = tuple(f"{prefix}/{path}" for path in TREE)
    assert moved.admits(inside) == tuple(f"{prefix}/{path}" for path in TREE if path not in excluded)
    assert moved.admits((*TREE, "coder/a.log", "str/a.log", "wei/a.log")) == (
        *TREE,
        "coder/a.log",
        "str/a.log",
        "wei/a.log",
    )


@pytest.mark.engine
def test_all_rows_merged_under_their_folders_in_one_build(engine: Engine, tmp_path: Path, dockerfile: Path) -> None:
    context = tmp_path / "context"
    merged = IgnoreRules()
    expected = set()
    for number, (text, excluded) in enumerate(ROWS):
        write(context / f"row{number}", TREE)
        merged += IgnoreRules.parse(text).rebase(f"row{number}")
        expected |= {f"row{number}/{path}" for path in TREE if path not in excluded}
    assert seen_by(engine, context, merged.render(), dockerfile) == expected


@pytest.mark.parametrize(("text", "_excluded"), ROWS)
def test_rendering_loses_nothing(text: str, _excluded: tuple[str, ...]) -> None:
    rules = IgnoreRules.parse(text)
    assert IgnoreRules.parse(rules.render()) == rules


@pytest.mark.parametrize(
    ("text", "prefix", "rendered"),
    [
        ("*.log\n!x\n**/y\n/z/\n", "code", "code/*.log\n!code/x\ncode/**/y\ncode/z\n"),
        ("a\n", "", "a\n"),
        ("a\n", ".", "a\n"),
        ("a\n", "./b/", "b/a\n"),
        ("**x\n", "b", "b/**/*x\n"),
        ("#a\n\n  \n", "b", ""),
    ],
)
def test_rebase(text: str, prefix: str, rendered: str) -> None:
    assert IgnoreRules.parse(text).rebase(prefix).render() == rendered


@pytest.mark.parametrize("prefix", ["..", "../x", "/x"])
def test_rules_cannot_leave_the_context(prefix: str) -> None:
    with pytest.raises(InternalError):
        IgnoreRules.parse("a").rebase(prefix)


LINES = st.lists(st.text(alphabet="ab*?!/.[]\\-^# ", max_size=8), max_size=5).map("\n".join)
PATHS = st.lists(st.text(alphabet="ab.-", min_size=1, max_size=3), min_size=1, max_size=3).map("/".join)


@pytest.mark.parametrize("text", MISREAD)
def test_what_the_engine_misreads_is_reported(text: str) -> None:
    assert IgnoreRules.parse(text).invalid == (text,)


def test_findings_stand_on_their_lines() -> None:
    found = check_ignore(Source(".dockerignore", "\ufeffa\r\n#[\n  [x\r\n!\nb[*]\n"))
    assert [(each.code, each.span and (each.span.line, each.span.text)) for each in found] == [
        ("MG222", (3, "  [x")),
        ("MG222", (4, "!")),
        ("MG222", (5, "b[*]")),
    ]
    assert check_ignore(Source(".dockerignore", "\n".join(text for text, _ in ROWS))) == ()


@given(LINES, PATHS)
def test_any_text_decides_on_any_path(text: str, path: str) -> None:
    rules = IgnoreRules.parse(text)
    assert rules.excludes(path) in {True, False}
    assert IgnoreRules.parse(rules.render()) == rules


@given(LINES, PATHS.filter(lambda path: not {".", ".."} & set(path.split("/"))))
def test_rebased_rules_agree_with_themselves(text: str, path: str) -> None:
    rules = IgnoreRules.parse(text)
    if not rules.invalid and ".." not in text:
        assert rules.rebase("f").excludes(f"f/{path}") == rules.excludes(path)


BELOW = "*.so\n**/p\n!w/lib\n"


def seen_by_a_run(engine: Engine, context: Path, name: str) -> set[str]:
    """The same by a builder that can write images only."""
    (context / "Dockerfile").write_text("FROM alpine:latest\nCOPY . /seen/\n")
    engine.docker("build", "-t", name, str(context))
    try:
        found = engine.docker("run", "--rm", name, "find", "/seen", "-type", "f").stdout
    finally:
        engine.docker("rmi", "-f", name)
    return {line.removeprefix("/seen/") for line in found.splitlines()}


@pytest.mark.engine
def test_an_exception_does_not_hold_for_a_folder_that_was_not_kept_out(engine: Engine, tmp_path: Path) -> None:
    write(tmp_path, tree := {"w/lib/private/p", "w/lib/a.so", "w/p"})
    (tmp_path / ".dockerignore").write_text(BELOW)
    assert seen_by_a_run(engine, tmp_path, "migrator-ignore-new") & tree == {"w/lib/a.so"}


@pytest.mark.engine
def test_to_the_classic_builder_of_20_10_it_does(classic_engine: Engine, tmp_path: Path) -> None:
    write(tmp_path, tree := {"w/lib/private/p", "w/lib/a.so", "w/p"})
    (tmp_path / ".dockerignore").write_text(BELOW)
    seen = {"w/lib/a.so", "w/lib/private/p"} if classic_engine.name == "legacy" else {"w/lib/a.so"}
    assert seen_by_a_run(classic_engine, tmp_path, "migrator-ignore-old") & tree == seen


def test_what_builders_do_not_agree_on_is_not_clear() -> None:
    rules = IgnoreRules.parse(BELOW)
    assert not rules.is_clear("w/lib/private/p")
    assert rules.is_clear("w/p")
    assert rules.inside("w/lib") is None
    assert rules.inside("w") == (False, rules.patterns)


def test_what_holds_for_all_in_a_folder_is_the_last_that_matches_it_and_what_comes_behind() -> None:
    rules = IgnoreRules.parse("*\n!dist\ndist/*.map\n")
    assert rules.inside("dist") == (False, rules.patterns[2:])
    assert rules.inside("conf") == (True, rules.patterns[1:])
