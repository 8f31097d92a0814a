"""The overview as text: whatever a source holds is data, nothing is fetched, nothing acts from an attribute."""

from __future__ import annotations

import json
import re

import pytest
from made_overviews import HOSTILE, hostile, page, some
from test_lesson_page import Page, policy_of

from migrator.report.display import visible
from migrator.report.overview.data import data


def embedded(text: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found
    parsed: dict[str, object] = json.loads(found[1])
    return parsed


@pytest.fixture(scope="module", params=["some", "hostile", "none"])
def text(request: pytest.FixtureRequest) -> str:
    return page({"some": some, "hostile": hostile, "none": list}[request.param]())


def test_the_elements_nest_and_every_reference_leads_somewhere(text: str) -> None:
    found = Page(text)
    assert found.faults == []
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert sorted(ids) == sorted(set(ids))
    for tag, attributes in found.elements:
        for name in ("aria-labelledby", "for"):
            assert attributes.get(name, ids[0]) in ids, tag
        target = attributes.get("href", "")
        assert target in {"", "data:,"} or target[1:] in ids


def test_nothing_is_fetched_and_nothing_acts_from_an_attribute(text: str) -> None:
    for _, attributes in Page(text).elements:
        assert re.match(r"#|data:,|$", attributes.get("href", attributes.get("src", "")))
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
    assert not re.search(r"url\((?!#)|@import", text)


def test_the_policy_lets_in_what_is_there_and_nothing_else(text: str) -> None:
    policy = policy_of(text)
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert [attributes.get("type") for attributes in Page(text).named("script")] == ["application/json", None]


def test_a_source_full_of_markup_is_data(text: str) -> None:
    assert "<img" not in text
    assert [character for character in text if not character.isprintable() and character != "\n"] == []


def test_hostile_text_comes_through_as_it_is_shown() -> None:
    rows = embedded(page(hostile()))["rows"]
    assert isinstance(rows, list)
    by_path = {row["path"]: row for row in rows}
    declined = by_path[visible(HOSTILE)]
    assert declined["findings"][0]["advice"] == visible(HOSTILE)
    assert by_path["x"]["patch"][-1] == visible(f"+{HOSTILE}")
    assert "\\xff" in by_path


def test_folders_are_those_below_the_one_that_all_are_in() -> None:
    found = data([{"repository": one.path, "status": one.status} for one in some()])
    assert found["root"] == "/srv/src/"
    assert sorted(found["folders"]) == ["", "data", "web", "web/old"]
    assert [found["folders"][row["folder"]] for row in found["rows"]] == ["web", "web", "web/old", "data", "data", ""]


def test_rows_of_others_are_taken() -> None:
    """A row that has no more than a path and a status of its own, and one with a verdict of each form."""
    found = data([
        {"repository": "a", "status": "stopped"},
        {"repository": "b", "status": "converted", "verdict": "identical"},
        {"repository": "c", "status": "converted", "verdict": {"verdict": "different", "seconds": 3, "more": []}},
    ])  # fmt: skip
    assert [row.get("verdict") for row in found["rows"]] == [
        None,
        {"verdict": "identical"},
        {"verdict": "different", "seconds": "3"},
    ]


def test_a_diff_without_end_is_cut() -> None:
    (row,) = data([{"repository": "a", "status": "converted", "patch": "+x\n" * 100_000}])["rows"]
    assert len(row["patch"]) < 70_000
    assert "cut here" in row["patch"][-1]
