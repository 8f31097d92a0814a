"""`migrator audit`: an answer for every source, whatever it is, and sums that add up."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from case_table import CASES
from jsonschema import Draft202012Validator
from made_repositories import BUILD, DECLINED, PATTERN, PLAIN, bare, checkout, write
from sarif_schema import faults

from migrator.checkout import load
from migrator.errors import UsageError
from migrator.migration.convert import convert
from migrator.migration.result import Converted, Declined, NotApplicable
from migrator.organisation import spread
from migrator.organisation.audit import Audited, audit
from migrator.organisation.places import Kind, Place, places
from migrator.organisation.spread import Limits, audits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.organisation.audit import Patched

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs/reference/schemas/audit-1.json").read_text(encoding="utf-8"))


def run(*words: str, stdin: bytes = b"", cwd: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "migrator", "audit", *words],
        input=stdin,
        capture_output=True,
        check=False,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.fixture(scope="module")
def organisation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a source of every kind; four of them answer, three cannot be read."""
    top = tmp_path_factory.mktemp("org")
    checkout(top / "a-converts", PATTERN)
    bare(top / "b-bare.git", PATTERN, top.parent / f"{top.name}-work")
    checkout(top / "c-declined", DECLINED)
    checkout(top / "d-plain", PLAIN)
    (checkout(top / "e-broken", PATTERN) / ".git/index").write_bytes(b"DIRC" + b"\0" * 40)
    bare(top / "f-empty.git", PATTERN, top.parent / f"{top.name}-more")
    for ref in (top / "f-empty.git").rglob("packed-refs"):
        ref.unlink()
    for ref in (top / "f-empty.git" / "refs").rglob("*"):
        if ref.is_file():
            ref.unlink()
    write(top, {"g-several/.git/x": "", "g-several/a/build.sh": BUILD, "g-several/b/build.sh": BUILD})
    for name in "ab":
        write(top / "g-several" / name, PATTERN)
    os.makedirs(os.fsencode(top) + b"/h-\xff/.git")  # noqa: PTH103 - bytes
    return top


@pytest.fixture(scope="module")
def printed(organisation: Path) -> bytes:
    done = run(str(organisation), "--format", "json")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def document(printed: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(printed)
    return found


def test_every_source_has_the_status_that_it_is(document: dict[str, Any]) -> None:
    assert list(Draft202012Validator(SCHEMA).iter_errors(document)) == []
    statuses = {Path(row["repository"]).name: row["status"] for row in document["repositories"]}
    assert statuses == {
        "a-converts": "converted",
        "b-bare.git": "converted",
        "c-declined": "declined",
        "d-plain": "not-applicable",
        "e-broken": "failed",
        "f-empty.git": "not-applicable",
        "g-several": "declined",
        "h-\udcff": "not-applicable",
    }


def test_a_bare_repository_gives_what_its_checkout_gives(document: dict[str, Any]) -> None:
    rows = {Path(row["repository"]).name: row for row in document["repositories"]}
    one, other = dict(rows["a-converts"]), dict(rows["b-bare.git"])
    assert one.pop("repository") != other.pop("repository")
    assert one == other
    assert one["constructs"] == {"script": 1, "docker build": 2, "docker cp": 1, "docker create": 1, "docker rm": 1}
    assert (one["calls"], one["commands"], one["script"]) == (5, 1, "build.sh")
    assert one["saving"] == {"dockerfiles": 1, "images": 1, "containers": 1, "files": 1}


def test_every_case_is_answered_as_convert_answers_it() -> None:
    """What the audit has of its own, the scan and the texts that it keeps, changes no answer."""
    differ = []
    for repo in sorted(path / "repo" for path in CASES.iterdir() if (path / "repo").is_dir()):
        answer = audit(Place(str(repo), Kind.FOLDER), 60)
        try:
            result = convert(load(repo))
        except UsageError:
            expected: object = "declined"
        else:
            expected = {Converted: "converted", Declined: "declined", NotApplicable: "not-applicable"}[type(result)]
        if answer.status != expected:
            differ.append((repo.parent.name, answer.status, expected))
    assert differ == []


def test_the_sums_add_up_to_the_number_of_sources(document: dict[str, Any]) -> None:
    totals = document["totals"]
    assert totals["sources"] == len(document["repositories"]) == 8
    assert totals["converted"] + totals["declined"] + totals["not_applicable"] + totals["failed"] == 8
    assert sum(entry["sources"] for entry in document["by_reason"]) == totals["declined"] + totals["failed"]
    assert totals["saving"] == {"dockerfiles": 2, "images": 2, "containers": 2, "files": 2}
    for kind in document["reasons"]:
        having = [row for row in document["repositories"] if kind["code"] in {f["code"] for f in row["findings"]}]
        assert kind["repositories"] == len(having)
        assert kind["example"]["repository"] in {row["repository"] for row in having}


def test_the_list_begins_with_what_has_the_least_left(document: dict[str, Any]) -> None:
    order = [(row["status"], row["left"]) for row in document["repositories"]]
    ranks = ["converted", "declined", "not-applicable", "failed"]
    assert order == sorted(order, key=lambda entry: (ranks.index(entry[0]), entry[1]))


def test_every_format_tells_the_same_and_twice_the_same(organisation: Path, document: dict[str, Any]) -> None:
    lines = [json.loads(line) for line in run(str(organisation), "--format", "jsonl").stdout.splitlines()]
    rows = document.pop("repositories")
    assert lines.pop() == document
    assert sorted(rows, key=lambda row: row["repository"]) == lines
    table = run(str(organisation), "--format", "csv", "--jobs", "1").stdout
    assert table == run(str(organisation), "--format", "csv", "--jobs", "3").stdout
    cells = list(csv.DictReader(io.StringIO(table.decode())))
    assert [cell["status"] for cell in cells] == [line["status"] for line in lines]
    assert cells[-1]["repository"].endswith("h-\\xff")
    text = run(str(organisation)).stdout.decode()
    assert text.startswith("8 sources\n  converted            2")
    assert "2 Dockerfiles less, 2 images that only carried files, 2 containers, 2 files that went over the host" in text
    assert "MG601: cannot read git's index" in text


def test_the_page_and_the_log_have_every_source(organisation: Path, document: dict[str, Any]) -> None:
    page = run(str(organisation), "--format", "html").stdout.decode()
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    data = json.loads(found[1])
    rows = {row["path"]: row for row in data["rows"]}
    assert data["root"] == f"{organisation}/"
    assert [row["status"] for row in data["rows"]] == [row["status"] for row in document["repositories"]]
    assert "+FROM alpine:3.19 AS builder" in rows["a-converts"]["patch"]
    assert rows["b-bare.git"]["patch"] == rows["a-converts"]["patch"]
    assert "patch" not in rows["c-declined"]
    assert "h-\\xff" in rows
    log = json.loads(run(str(organisation), "--format", "sarif").stdout)
    assert faults(log) == []
    uris = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in log["runs"][0]["results"]]
    assert f"file://{organisation}/c-declined/build.sh" in uris
    assert len(uris) == sum(len(row["findings"]) for row in document["repositories"])


def test_a_list_of_paths_from_stdin(organisation: Path) -> None:
    names = b"d-plain\n\nnowhere\na-converts/build.sh\n"
    done = run("--from", "-", "--format", "csv", stdin=names, cwd=organisation)
    assert [line.split(b",")[:2] for line in done.stdout.splitlines()[1:]] == [
        [b"d-plain", b"not-applicable"],
        [b"nowhere", b"failed"],
        [b"a-converts/build.sh", b"failed"],
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), b"there is nothing to audit"),
        (("--from", "-"), b"there is nothing to audit"),
        (("--from", "/nowhere/list"), b"No such file or directory"),
        (("--jobs", "0", "."), b"--jobs"),
    ],
)
def test_wrong_usage_is_one_message(words: tuple[str, ...], message: bytes) -> None:
    done = run(*words)
    assert done.returncode == 2
    assert message in done.stderr
    assert b"Traceback" not in done.stderr


def test_only_sources_that_cannot_be_read_is_trouble(tmp_path: Path) -> None:
    done = run("nowhere", cwd=tmp_path)
    assert done.returncode == 2
    assert b"MG601: cannot read nowhere: No such file or directory" in done.stdout


def test_a_cell_is_no_formula(tmp_path: Path) -> None:
    write(tmp_path, {"=cmd/x": ""})
    assert run("=cmd", "--format", "csv", cwd=tmp_path).stdout.splitlines()[1].startswith(b"'=cmd,not-applicable")


def test_the_time_of_one_repository_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A converter that never ends, and takes every exception for its own, is left all the same."""
    checkout(tmp_path / "a", PATTERN)

    def endless(*_: object) -> Iterator[None]:
        while True:
            with contextlib.suppress(Exception):  # what a parser does
                sum(range(1000))

    monkeypatch.setattr("migrator.migration.convert.convert_with_trace", endless)
    before = signal.getsignal(signal.SIGALRM)
    answer = audit(Place(str(tmp_path / "a"), Kind.CHECKOUT), 0.3)
    assert (answer.status, answer.findings[0].code) == ("failed", "MG603")
    assert signal.getsignal(signal.SIGALRM) is before


def test_an_exception_is_told_and_ends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "ab":
        checkout(tmp_path / name, PATTERN)
    real = spread.audit

    def broken(*_: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr("migrator.migration.convert.convert_with_trace", broken)
    answer = real(Place(str(tmp_path / "a"), Kind.CHECKOUT), 5)
    assert answer.status == "failed"
    assert answer.reason == "this is a bug in migrator: RecursionError: too deep"
    assert [found.code for found in answer.findings] == ["MG602"]


def test_a_reader_that_is_killed_loses_only_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The processes are real and one is really killed, each time that it comes to that repository."""
    for number in range(60):
        write(tmp_path / f"{number:02}", {".git/x": "", "README": ""})
    real = spread.audit

    def deadly(place: Place, seconds: float, patched: Patched | None) -> Audited:
        if place.path.endswith("/37"):
            os.kill(os.getpid(), signal.SIGKILL)
        return real(place, seconds, patched)

    # Processes are forked, so they have this.
    monkeypatch.setattr(spread, "audit", deadly)
    answers = list(audits(places([str(tmp_path)]), Limits(2, 5)))
    assert [answer.path[-2:] for answer in answers] == [f"{number:02}" for number in range(60)]
    assert [(answer.path[-2:], answer.findings[0].code) for answer in answers if answer.status == "failed"] == [
        ("37", "MG604")
    ]


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Root may read everything, so root is somebody else here."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_a_folder_that_may_not_be_read_is_told() -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        top = Path(folder)
        top.chmod(0o755)
        checkout(top / "open", PLAIN)
        (top / "locked").mkdir(mode=0)
        write(top, {"private/.git/x": "", "private/build.sh": BUILD})
        (top / "private").chmod(0o311)
        with as_nobody():
            found = [(Path(place.path).name, place.kind, place.problem) for place in places([folder])]
            answer = audit(Place(str(top / "private"), Kind.CHECKOUT), 5)
        stack.callback((top / "private").chmod, 0o755)
        stack.callback((top / "locked").chmod, 0o755)
    told = "Permission denied"
    assert found == [
        ("locked", Kind.NOTHING, f"cannot read {top}/locked: {told}"),
        ("open", Kind.CHECKOUT, ""),
        ("private", Kind.NOTHING, f"cannot read {top}/private: {told}"),
    ]
    assert (answer.status, answer.reason) == ("failed", f"cannot read {top}/private: {told}")
