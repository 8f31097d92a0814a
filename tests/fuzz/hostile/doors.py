"""The doors that text of strangers comes in by. Each takes any bytes, and says with an exception what must not be.

What a door may answer is an answer of ours: a tree, a plan, a finding, or a `MigratorError` that is no internal one.
"""

from __future__ import annotations

import io
import json
import tarfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from migrator.dockerfile.ignore import IgnoreRules, check_ignore
from migrator.dockerfile.parse import parse
from migrator.errors import EngineError, InternalError, MigratorError
from migrator.migration.convert import convert_with_trace
from migrator.project import Kind, Project
from migrator.report import conversion as document
from migrator.report import findings, sarif
from migrator.report.story.story import story
from migrator.source import Source
from migrator.verify.archive import read_archive

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SCHEMAS = Path(__file__).parents[3] / "docs" / "reference" / "schemas"
BUILDER = b"FROM alpine\nRUN echo one > /app\n"
RUNTIME = b"FROM alpine\nCOPY app /app\n"
SCRIPT = (
    b"#!/bin/bash\nset -e\ndocker build -t b -f Dockerfile.build .\n"
    b"docker create --name x b\ndocker cp x:/app app\ndocker rm x\ndocker build -t r .\n"
)
# In characters: the check of a document against its schema takes some twenty times what the document took, so that the
# longest, which are those of the same few kinds again and again, would measure the check.
LONG = 1 << 18
PATHS = ("a", "ab", "a/b", "a/b/c.txt", ".git/x", "src/deep/er/still/name", "!x", "[a]", "a\\b", "aaaaaaaaaaaaaaaaab")


def project(files: Mapping[str, bytes]) -> Project:
    """A checkout in memory."""
    whole = {"Dockerfile.build": BUILDER, "Dockerfile": RUNTIME, "build.sh": SCRIPT, **files}
    kinds = {path: Kind.EXECUTABLE if path.endswith(".sh") else Kind.FILE for path in whole}
    return Project("repo", kinds, whole.__getitem__)


def converted(files: Mapping[str, bytes]) -> str:
    """The status that a repository comes to, with every report of it made."""
    subject = project(files)
    try:
        result, trace = convert_with_trace(subject, "build.sh")
    except InternalError:
        raise
    except MigratorError as error:
        return type(error).__name__
    told = story(subject, result, trace)
    text = document.render(result, told)
    assert text.isascii()
    assert findings.render(result.diagnostics).isprintable() is not None
    sarif.render(result.diagnostics, "0", "build.sh")
    told_again = json.loads(text)
    if len(text) < LONG:
        fits("conversion-1.json", told_again)
    return str(told_again["status"])


@cache
def _schema(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((SCHEMAS / name).read_text(encoding="utf-8")))


def fits(name: str, value: Any) -> None:  # noqa: ANN401 - whatever JSON holds
    """Raises where a document is not what its published schema says."""
    wrong = [error.message[:200] for error in _schema(name).iter_errors(value)]
    assert wrong == [], wrong[:3]


def shell(data: bytes) -> None:
    """A build script: parsed, followed, converted, told."""
    converted({"build.sh": data})


def dockerfile(data: bytes) -> None:
    """A Dockerfile on its own, as that of the builder and as that of the runtime."""
    text = data.decode("utf-8", "replace")
    parse(Source("Dockerfile", text))
    converted({"Dockerfile.build": data})
    converted({"Dockerfile": data})


def ignore(data: bytes) -> None:
    """An ignore file."""
    text = data.decode("utf-8", "replace")
    rules = IgnoreRules.parse(text)
    check_ignore(Source(".dockerignore", text))
    for path in PATHS:
        assert rules.excludes(path) in (True, False)
    again = IgnoreRules.parse(rules.render())
    assert again.patterns == rules.patterns, (rules.render(), again.render())
    for path in PATHS:
        assert rules.rebase("sub").excludes(f"sub/{path}") is rules.excludes(path), path
    converted({".dockerignore": data})


def archive(data: bytes) -> None:
    """What an engine says that an image holds."""
    with suppress(EngineError):
        read_archive(io.BytesIO(data))
    out = io.BytesIO()
    manifest = json.dumps([{"Config": "config.json", "Layers": ["layer.tar"]}]).encode()
    with tarfile.open(fileobj=out, mode="w") as outer:
        for name, content in (("layer.tar", data), ("config.json", b"{}"), ("manifest.json", manifest)):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            outer.addfile(member, io.BytesIO(content))
    with suppress(EngineError):
        read_archive(io.BytesIO(out.getvalue()))


def emitted(data: bytes) -> None:
    """Names, arguments and texts that go into what we print."""
    text = data.decode("utf-8", "surrogateescape").replace("\0", "")
    name = text.split("\n", 1)[0][:200].replace("/", "") or "x"
    given = SCRIPT.replace(b" r .", b" '" + text.replace("'", "").encode("utf-8", "surrogateescape") + b"' .")
    converted({"build.sh": given})
    converted(
        {
            name: b"",
            "build.sh": SCRIPT.replace(b"x:/app app", b"x:/app '" + name.encode("utf-8", "surrogateescape") + b"'"),
        }
    )


DOORS: dict[str, Callable[[bytes], None]] = {
    "shell": shell, "dockerfile": dockerfile, "ignore": ignore, "archive": archive, "emitted": emitted,
}  # fmt: skip
