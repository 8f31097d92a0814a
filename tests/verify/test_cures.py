"""Each difference with the change that would remove it, and the line that it is about."""

from __future__ import annotations

import pytest
from verify_bench import COPY, converted

from migrator.verify.remarks import of_differences
from migrator.verify.verdict import Difference


def told(*differences: Difference) -> list[tuple[str | None, str]]:
    """For each finding: the line that it is about, and the advice."""
    found = of_differences(differences, converted())
    return [
        (None if one.span is None else one.span.source.text[one.span.start : one.span.end], one.advice) for one in found
    ]


def test_an_owner_is_cured_at_the_line_that_copies_the_file() -> None:
    # The bench says that line 6 brings it; what stands there is what must be shown.
    ((line, advice),) = told(Difference("owner", "/root/ferry", "0:0", "1000:1000", "MG412"))
    assert line == converted().dockerfile.splitlines()[5]
    assert "--chown=0:0" in advice


def test_what_no_artifact_brings_has_no_line() -> None:
    ((line, advice),) = told(Difference("mode", "/etc/x", "0755", "0644", "MG411"))
    assert line is None
    assert "0755" in advice


@pytest.mark.parametrize(
    ("legacy", "new", "said"),
    [('["A=1", "B=2"]', '["B=2", "A=1"]', True), ('["A=1"]', '["A=2"]', False), ("unset", '["A=2"]', False)],
)
def test_variables_in_another_order(legacy: str, new: str, *, said: bool) -> None:
    ((_, advice),) = told(Difference("config.Env", "", legacy, new, "MG419"))
    assert ("another order" in advice) is said


def test_a_folder_that_was_nested_is_named() -> None:
    found = told(
        Difference("missing", "/www/page.html", "file", "", "MG417"),
        Difference("extra", "/www/dist/page.html", "", "file", "MG418"),
    )
    assert "/www/dist/page.html" in found[0][1]
    apart = told(
        Difference("missing", "/www/page.html", "file", "", "MG417"),
        Difference("extra", "/opt/page.html", "", "file", "MG418"),
    )
    assert "/opt/page.html" not in apart[0][1]


def test_a_link_that_was_followed() -> None:
    ((_, advice),) = told(Difference("type", "/root/ferry", "file", "symlink", "MG413"))
    assert "followed the link" in advice


def test_the_bench_s_line_is_the_one_that_copies() -> None:
    assert COPY in converted().dockerfile
