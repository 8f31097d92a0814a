"""A test that is left out in CI for a reason that nobody foresaw fails the run."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]


@pytest.mark.parametrize(
    ("reason", "ci", "code"),
    [
        ("there is no make here", "true", 1),
        ("there is no make here", "", 0),
        ("podman is tested by make test-podman", "true", 0),
    ],
)
def test_what_is_left_out_in_ci(
    reason: str, ci: str, code: int, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makeconftest(Path(__file__).with_name("conftest.py").read_text(encoding="utf-8"))
    pytester.makepyfile(f"import pytest\n\ndef test_one(): pass\n\ndef test_two(): pytest.skip({reason!r})\n")
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    done = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    assert done.ret == code
    assert ("nothing may be left out" in done.stdout.str()) == bool(code)
