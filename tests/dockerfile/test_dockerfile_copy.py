from __future__ import annotations

from migrator.dockerfile.copy import Copy, as_copy, copies
from migrator.dockerfile.parse import parse
from migrator.source import Source


def only(line: str) -> Copy | None:
    return as_copy(parse(Source("Dockerfile", f"FROM a\n{line}\n")).stages[0].instructions[0])


def test_a_plain_copy() -> None:
    copy = only("COPY a b/ c")
    assert copy is not None
    assert [source.text for source in copy.sources] == ["a", "b/"]
    assert copy.destination.text == "c"
    assert (copy.from_, copy.chown, copy.chmod, copy.exclude, copy.documents) == (None, None, None, (), ())
    assert [copy.link, copy.parents, copy.is_add] == [False, False, False]


def test_every_flag() -> None:
    copy = only("COPY --from=b --chown=$U:1 --chmod=0755 --link --parents --exclude=x --exclude=y a b")
    assert copy is not None
    assert (copy.from_, copy.chown, copy.chmod) == ("b", "$U:1", "0755")
    assert copy.link
    assert copy.parents
    assert copy.exclude == ("x", "y")


def test_switches_can_be_switched_off() -> None:
    copy = only("COPY --link=false --parents=true a b")
    assert copy is not None
    assert not copy.link
    assert copy.parents


def test_here_documents_are_no_sources() -> None:
    copy = only("COPY <<A b <<-'C' /d/\na\nA\nc\nC")
    assert copy is not None
    assert [source.text for source in copy.sources] == ["b"]
    assert [document.delimiter for document in copy.documents] == ["A", "C"]


def test_what_looks_like_a_here_document_in_json_is_a_source() -> None:
    copy = only('COPY ["<<A", "/d"]')
    assert copy is not None
    assert [source.text for source in copy.sources] == ["<<A"]


def test_what_is_no_copy() -> None:
    assert only("RUN cp a b") is None
    assert only("COPY a") is None


def test_add_and_order() -> None:
    stage = parse(Source("Dockerfile", "FROM a\nADD x y\nRUN z\ncopy p q\n")).stages[0]
    assert [(copy.is_add, copy.destination.text) for copy in copies(stage)] == [(True, "y"), (False, "q")]
