"""Every aspect that the comparison claims to see, planted in a value: reported as exactly that, and counted."""

from __future__ import annotations

import dataclasses
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.rules import verification as rules
from migrator.verify.archive import Archive
from migrator.verify.compare import aspects, compare, set_aside_recipes, subtract
from migrator.verify.entry import Entry, Kind
from migrator.verify.settle import Asides
from migrator.verify.snapshot import CONFIG, OF_CONTAINER, Snapshot, of_archive
from migrator.verify.verdict import Difference, Verdict, verdict_of

FILE = Entry(Kind.FILE, 0o644, (0, 0), 3, "aa", time=5)
FILES = {
    "/f": FILE,
    "/d": Entry(Kind.FOLDER, 0o755),
    "/l": Entry(Kind.LINK, 0o777, link="f"),
    "/c": Entry(Kind.CHARACTER, 0o600, device=(1, 3)),
    "/p": Entry(Kind.FIFO),
}
BASE = Snapshot(FILES, dict.fromkeys(CONFIG))


def planted(path: str, **changes: Any) -> Snapshot:  # noqa: ANN401 - fields of many types
    return Snapshot({**FILES, path: dataclasses.replace(FILES[path], **changes)}, BASE.config)


def verdict(*differences: Difference) -> Verdict:
    return verdict_of(differences, rules.NONDETERMINISTIC.code, rules.TIME.code)


CODES = {
    "content": "MG410", "mode": "MG411", "owner": "MG412", "type": "MG413", "link": "MG414", "xattr": "MG415",
    "device": "MG416",
}  # fmt: skip


@pytest.mark.parametrize(
    ("aspect", "path", "changes"),
    [
        ("content", "/f", {"content": "bb"}),
        ("content", "/f", {"content": "bb", "size": 4}),
        ("mode", "/f", {"mode": 0o755}),
        ("mode", "/f", {"mode": 0o4644}),
        ("mode", "/d", {"mode": 0o1777}),
        ("owner", "/f", {"owner": (1, 0)}),
        ("owner", "/f", {"owner": (0, 1)}),
        ("owner", "/l", {"owner": (5, 5)}),
        ("type", "/f", {"kind": Kind.LINK}),
        ("type", "/p", {"kind": Kind.FILE}),
        ("link", "/l", {"link": "g"}),
        ("device", "/c", {"device": (1, 5)}),
        ("xattr", "/f", {"xattrs": (("user.x", "1"),)}),
        ("xattr", "/d", {"xattrs": (("security.capability", "\udcff"),)}),
    ],
)
def test_one_planted_change_is_one_difference_of_its_aspect(aspect: str, path: str, changes: dict[str, Any]) -> None:
    (found,) = compare(BASE, planted(path, **changes))
    assert (found.aspect, found.path, found.set_aside) == (aspect, path, False)
    assert found.legacy != found.new
    assert found.cause == CODES[aspect]
    assert verdict(found) is Verdict.DIFFERENT


def test_names_of_one_file_that_are_two_files_are_set_aside_by_name_and_count_under_strict() -> None:
    one = dataclasses.replace(FILE, linked="/f")
    both = (Snapshot({**FILES, "/f": one, "/g": one}, BASE.config), Snapshot({**FILES, "/g": FILE}, BASE.config))
    found = compare(*both)
    assert [(item.aspect, item.path, item.cause, item.set_aside) for item in found] == [
        ("hard-link", "/f", "MG485", True),
        ("hard-link", "/g", "MG485", True),
    ]
    assert [(item.legacy, item.new) for item in found] == [
        ("one file with others", "a file by itself"),
        ("one file with /f", "a file by itself"),
    ]
    assert verdict(*found) is Verdict.EQUIVALENT
    assert verdict(*Asides().applied(found)) is Verdict.EQUIVALENT
    strict = Asides(strict=True, ignore_mtime=True).applied(found)
    assert {(item.cause, item.set_aside) for item in strict} == {("MG486", False)}
    assert compare(both[0], both[0]) == ()


def test_what_was_compared_is_said_with_the_attributes_that_images_have() -> None:
    assert aspects(("security.capability", "user.")) == (
        *("type", "content", "mode", "owner", "link", "device", "mtime", "hard-link"),
        *("xattr security.capability", "xattr user.*"),
    )


def test_missing_and_extra() -> None:
    less = Snapshot({path: entry for path, entry in FILES.items() if path != "/f"}, BASE.config)
    assert [(one.aspect, one.path) for one in compare(BASE, less)] == [("missing", "/f")]
    assert [(one.aspect, one.path) for one in compare(less, BASE)] == [("extra", "/f")]


@pytest.mark.parametrize("field", CONFIG)
def test_every_field_of_the_configuration(field: str) -> None:
    (found,) = compare(BASE, Snapshot(FILES, {**BASE.config, field: ["x"]}))
    assert (found.aspect, found.new, found.set_aside) == (f"config.{field}", '["x"]', False)
    assert verdict(found) is Verdict.DIFFERENT


IMAGE: dict[str, Any] = {
    "os": "linux", "architecture": "amd64", "created": "2020", "container": "1", "config": {
        "User": "5", "Hostname": "a", "Image": "sha256:1", "ArgsEscaped": True,
        "Healthcheck": {"Test": ["CMD", "x"], "Interval": 5, "Timeout": 6, "StartPeriod": 7, "Retries": 8},
    },
}  # fmt: skip


def of_image(**changes: object) -> Snapshot:
    """An image without files: IMAGE with other fields, those with a small letter beside its configuration."""
    beside = {name.replace("_", "."): value for name, value in changes.items() if name[0].islower()}
    inside = {name: value for name, value in changes.items() if name[0].isupper()}
    return of_archive(Archive({**IMAGE, **beside, "config": {**IMAGE["config"], **inside}}, ()))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"author": "somebody"}, "Author"),
        ({"os": "windows"}, "Os"),
        ({"architecture": "arm64"}, "Architecture"),
        ({"variant": "v7"}, "Variant"),
        ({"os_version": "10"}, "OsVersion"),
        ({"os_features": ["win32k"]}, "OsFeatures"),
        ({"StopTimeout": 5}, "StopTimeout"),
        ({"NetworkDisabled": True}, "NetworkDisabled"),
        ({"WhatNobodyKnowsYet": {"a": 1}}, "WhatNobodyKnowsYet"),
        *(({"Healthcheck": {**IMAGE["config"]["Healthcheck"], name: 9}}, "Healthcheck")
          for name in ("Interval", "Timeout", "StartPeriod", "StartInterval", "Retries")),
    ],
)  # fmt: skip
def test_what_else_an_image_says_is_compared_also_what_we_do_not_know(change: dict[str, Any], field: str) -> None:
    found = {one.aspect for one in compare(of_image(), of_image(**change))}
    # On Windows the way in which a command was written counts as well.
    assert found - {"config.ArgsEscaped"} == {f"config.{field}"}
    assert all(one.cause == rules.CONFIGURATION.code for one in compare(of_image(), of_image(**change)))


@pytest.mark.parametrize("field", sorted(OF_CONTAINER | {"ArgsEscaped"}))
def test_what_an_image_keeps_of_the_container_it_was_made_in_is_none_of_it(field: str) -> None:
    assert compare(of_image(), of_image(**{field: "another"})) == ()


def test_how_a_command_was_written_counts_on_windows() -> None:
    one, other = (of_image(os="windows", ArgsEscaped=value) for value in (True, False))
    assert [found.aspect for found in compare(one, other)] == ["config.ArgsEscaped"]


@pytest.mark.parametrize("empty", ["", None, [], {}, False, 0])
def test_empty_and_absent_are_the_same(empty: object) -> None:
    assert compare(of_image(), of_image(Labels=empty, StopTimeout=empty, Entrypoint=empty)) == ()


def test_the_order_of_variables_counts() -> None:
    one, other = (Snapshot({}, {"Env": env}) for env in (["A=1", "B=2"], ["B=2", "A=1"]))
    assert [found.aspect for found in compare(one, other)] == ["config.Env"]


def test_times_are_named_and_set_aside_and_leave_the_verdict_identical() -> None:
    (found,) = compare(BASE, planted("/f", time=6))
    assert (found.aspect, found.set_aside, found.cause) == ("mtime", True, rules.TIME.code)
    assert verdict(found) is Verdict.IDENTICAL
    assert verdict() is Verdict.IDENTICAL


def test_times_count_under_strict_unless_they_are_left_out() -> None:
    found = compare(BASE, planted("/f", time=6))
    (counted,) = Asides(strict=True).applied(found)
    assert (counted.cause, counted.set_aside) == ("MG442", False)
    assert verdict(counted) is Verdict.DIFFERENT
    (left_out,) = Asides(strict=True, ignore_mtime=True).applied(found)
    assert left_out.set_aside


def test_the_mode_of_a_link_is_nobody_s_business() -> None:
    assert compare(BASE, planted("/l", mode=0o755)) == ()


def test_several_changes_of_one_file_are_several_differences() -> None:
    found = compare(BASE, planted("/f", mode=0, owner=(1, 1), content="x"))
    assert [one.aspect for one in found] == ["content", "mode", "owner"]


entries = st.builds(
    Entry,
    kind=st.sampled_from([Kind.FILE, Kind.FOLDER, Kind.LINK]),
    mode=st.integers(0, 0o7777),
    owner=st.tuples(st.integers(0, 3), st.integers(0, 3)),
    content=st.text(string.hexdigits, max_size=2),
    link=st.sampled_from(["", "a"]),
)
snapshots = st.dictionaries(st.sampled_from(["/a", "/b", "/c"]), entries).map(lambda files: Snapshot(files, {}))


@given(snapshots, snapshots)
def test_comparing_is_the_same_from_both_sides(one: Snapshot, other: Snapshot) -> None:
    mirror = {"missing": "extra", "extra": "missing"}
    there = {(mirror.get(found.aspect, found.aspect), found.path) for found in compare(one, other)}
    assert there == {(found.aspect, found.path) for found in compare(other, one)}
    assert compare(one, one) == ()


# --- what the legacy way cannot repeat -----------------------------------------------------------------------


def test_only_the_same_aspect_of_the_same_path_is_subtracted() -> None:
    differences = compare(BASE, planted("/f", content="bb", mode=0o600))
    control = compare(BASE, planted("/f", content="cc"))
    found = {one.aspect: one for one in subtract(differences, control)}
    assert found["content"].set_aside
    assert found["content"].cause == rules.NONDETERMINISTIC.code
    assert not found["mode"].set_aside
    assert verdict(*found.values()) is Verdict.DIFFERENT
    assert verdict(found["content"]) is Verdict.NONDETERMINISTIC


def test_a_control_without_differences_subtracts_nothing() -> None:
    differences = compare(BASE, planted("/f", content="bb"))
    assert subtract(differences, ()) == differences


def test_another_image_s_noise_does_not_count() -> None:
    differences = compare(BASE, planted("/f", content="bb"), image="a:1")
    assert subtract(differences, compare(BASE, planted("/f", content="cc"), image="b:1")) == differences


# --- the recipe itself in the image --------------------------------------------------------------------------


def recipe(content: str) -> Entry:
    return dataclasses.replace(FILE, content=content)


def with_files(**files: Entry) -> Snapshot:
    return Snapshot({"/app": Entry(Kind.FOLDER), **{f"/app/{name}": entry for name, entry in files.items()}}, {})


OLD = {"Dockerfile": "d1", "build.sh": "b1", "docker/Dockerfile.build": "x1"}
NEW = {"Dockerfile": "d2", "build.sh": "b1"}


def aside(legacy: Snapshot, new: Snapshot) -> dict[str, bool]:
    found = set_aside_recipes(compare(legacy, new), (legacy, new), (OLD, NEW))
    return {f"{one.aspect} {one.path}": one.set_aside for one in found}


def test_a_recipe_that_came_in_whole_is_set_aside_and_makes_the_verdict_equivalent() -> None:
    legacy, new = with_files(Dockerfile=recipe("d1")), with_files(Dockerfile=recipe("d2"))
    assert aside(legacy, new) == {"content /app/Dockerfile": True}
    found = set_aside_recipes(compare(legacy, new), (legacy, new), (OLD, NEW))
    assert [one.cause for one in found] == [rules.RECIPE.code]
    assert verdict(*found) is Verdict.EQUIVALENT


def test_a_recipe_that_the_migration_deleted_is_set_aside_with_the_folder_that_held_it() -> None:
    legacy = Snapshot(
        {"/app": Entry(Kind.FOLDER), "/app/docker": Entry(Kind.FOLDER), "/app/docker/Dockerfile.build": recipe("x1")},
        {},
    )
    assert aside(legacy, with_files()) == {"missing /app/docker": True, "missing /app/docker/Dockerfile.build": True}


def test_a_file_that_only_has_the_name_of_a_recipe_counts() -> None:
    legacy, new = with_files(Dockerfile=recipe("other")), with_files(Dockerfile=recipe("d2"))
    assert aside(legacy, new) == {"content /app/Dockerfile": False}


def test_a_file_that_only_has_the_content_of_a_recipe_counts() -> None:
    legacy, new = with_files(data=recipe("d1")), with_files(data=recipe("d2"))
    assert aside(legacy, new) == {"content /app/data": False}


def test_a_recipe_that_both_ways_have_is_no_reason_for_one_image_to_lack_it() -> None:
    """The script copied by its name: that COPY is lost, or is one too many."""
    with_script, without = with_files(**{"build.sh": recipe("b1")}), with_files()
    assert aside(with_script, without) == {"missing /app/build.sh": False}
    assert aside(without, with_script) == {"extra /app/build.sh": False}
    ignored = ({**OLD, ".dockerignore": "i1"}, {**NEW, ".dockerignore": "i2"})
    for one, other in ((with_script, without), (without, with_script)):
        found = set_aside_recipes(compare(one, other), (one, other), ignored)
        assert [difference.set_aside for difference in found] == [True], "an ignore file may keep it out now"


def test_the_owner_of_a_recipe_counts() -> None:
    moved = dataclasses.replace(recipe("d2"), owner=(7, 7))
    found = aside(with_files(Dockerfile=recipe("d1")), with_files(Dockerfile=moved))
    assert found == {"content /app/Dockerfile": True, "owner /app/Dockerfile": False}


def test_a_missing_folder_that_held_more_than_recipes_counts() -> None:
    legacy = Snapshot(
        {
            "/app": Entry(Kind.FOLDER),
            "/app/docker": Entry(Kind.FOLDER),
            "/app/docker/Dockerfile.build": recipe("x1"),
            "/app/docker/data": FILE,
        },
        {},
    )
    found = aside(legacy, with_files())
    assert not found["missing /app/docker"]
    assert not found["missing /app/docker/data"]


def test_a_missing_folder_that_was_empty_counts() -> None:
    legacy = Snapshot({"/app": Entry(Kind.FOLDER), "/app/cache": Entry(Kind.FOLDER)}, {})
    assert aside(legacy, with_files()) == {"missing /app/cache": False}


def test_folders_inside_each_other_that_held_only_a_recipe_are_set_aside() -> None:
    legacy = Snapshot(
        {
            "/app": Entry(Kind.FOLDER),
            "/app/ci": Entry(Kind.FOLDER),
            "/app/ci/docker": Entry(Kind.FOLDER),
            "/app/ci/docker/Dockerfile.build": recipe("x1"),
        },
        {},
    )
    assert aside(legacy, with_files()) == dict.fromkeys(
        ("missing /app/ci", "missing /app/ci/docker", "missing /app/ci/docker/Dockerfile.build"), True
    )


def test_a_recipe_that_the_migration_made_is_set_aside_and_one_that_was_there_is_not() -> None:
    legacy, new = with_files(), with_files(Dockerfile=recipe("d2"))
    found = set_aside_recipes(compare(legacy, new), (legacy, new), ({"docker/Dockerfile": "d1"}, NEW))
    assert [one.set_aside for one in found] == [True]
    assert aside(legacy, new) == {"extra /app/Dockerfile": False}


def test_modes_and_owners_are_shown_as_numbers() -> None:
    (mode,) = compare(BASE, planted("/f", mode=0o4755))
    assert (mode.legacy, mode.new) == ("0644", "4755")
    (owner,) = compare(BASE, planted("/f", owner=(5, 6)))
    assert (owner.legacy, owner.new) == ("0:0", "5:6")


@pytest.mark.parametrize(
    ("path", "changes", "shown"),
    [
        ("/f", {"content": "bb", "size": 4}, ("sha256:aa (3 bytes)", "sha256:bb (4 bytes)")),
        ("/c", {"device": (1, 5)}, ("1:3", "1:5")),
        ("/f", {"xattrs": (("user.a", "b"), ("user.c", "\udcff"))}, ("", "user.a=62 user.c=ff")),
    ],
)
def test_what_differs_is_shown(path: str, changes: dict[str, Any], shown: tuple[str, str]) -> None:
    (found,) = compare(BASE, planted(path, **changes))
    assert (found.legacy, found.new) == shown


def test_a_setting_that_only_one_image_has_and_one_of_other_letters_are_shown() -> None:
    (found,) = compare(BASE, Snapshot(FILES, {**BASE.config, "Labels": {"z": "é", "a": "b"}}))
    assert (found.legacy, found.new) == ("unset", '{"a": "b", "z": "é"}')


def test_what_was_set_aside_before_keeps_its_cause() -> None:
    legacy, new = with_files(Dockerfile=recipe("d1")), with_files(Dockerfile=recipe("d2"))
    asked = [dataclasses.replace(one, set_aside=True, cause="MG441") for one in compare(legacy, new)]
    assert subtract(asked, compare(legacy, new)) == tuple(asked)
    assert set_aside_recipes(asked, (legacy, new), (OLD, NEW)) == tuple(asked)
