"""A verification as a document (`verify --format json`) and as a text that says in ten seconds what matters.

The document's shape is the contract `migrator/verification/1`.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from migrator.report.conversion import findings
from migrator.report.display import visible
from migrator.rules.verification import ASIDE_BY_REPOSITORY
from migrator.verify.verdict import PROVED, Legacy, NotVerified, Verdict, Verification

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrator.verify.verdict import ArtifactCheck, Difference, Explanation, ImageFacts

SCHEMA = "migrator/verification/1"
Document = dict[str, Any]

_UNIT = 1000
_DIGITS = 12
_SHOWN = 40
_SPOTS = 12
_MEANING = {
    Verdict.IDENTICAL: "every file and the whole configuration are the same",
    Verdict.EQUIVALENT: "the same but for what is set aside below, by name",
    Verdict.NONDETERMINISTIC: "what differs, the legacy build does not repeat either",
    Verdict.DIFFERENT: "the images are not the same",
    Verdict.LEGACY_BUILD_FAILED: "the script itself does not work, so there is nothing to compare with",
    Verdict.NEW_BUILD_FAILED: "the new build does not work",
    Verdict.TIMEOUT: "the time was over before the builds were",
    Verdict.NOT_RUN: "nothing was compared",
}
_WAYS = {
    Legacy.SCRIPT: "",
    Legacy.REPLAY: "; the script was replayed as it was read, not run",
    Legacy.IMAGE: "; compared with an image that existed, the script was not run",
}


def document(outcome: Verification | NotVerified) -> Document:
    """The outcome as plain lists, mappings, texts and numbers, ready for any JSON writer."""
    head: Document = {
        "schema": SCHEMA,
        "verdict": str(outcome.verdict),
        "engine": outcome.engine,
        "builder": outcome.builder,
        "legacy": str(outcome.legacy),
    }
    if isinstance(outcome, NotVerified):
        rest: Document = {"artifacts": [], "differences": [], "images": None, "log": list(outcome.log)}
        return head | rest | {"diagnostics": findings(outcome.diagnostics)}
    images = outcome.images
    return head | {
        "artifacts": [_artifact(check) for check in outcome.artifacts],
        "differences": [_difference(difference) for difference in outcome.differences],
        "images": {
            "legacy": _total(images.legacy, images.legacy_seconds),
            "new": _total(images.new, images.new_seconds),
            "builders": [_image(facts) for facts in images.builders],
            "targets": [
                {"name": one.name, "legacy": _image(one), "new": _image(other)}
                for one, other in zip(images.legacy, images.new, strict=True)
            ],
        },
        "compared": outcome.compared,
        "aspects": list(outcome.aspects),
        **_repairs(outcome),
        **_explanation(outcome),
        "diagnostics": findings(outcome.diagnostics),
    }


def _repairs(outcome: Verification) -> Document:
    if not outcome.repairs:
        return {}
    shown = [
        {"cause": one.cause, "line": one.line, "before": one.before, "after": one.after} for one in outcome.repairs
    ]
    return {"repairs": shown, "dockerfile": outcome.dockerfile}


def _explanation(outcome: Verification) -> Document:
    found = outcome.explanation
    return {} if found is None else {"explanation": {"path": found.path, "by": found.tool, "lines": list(found.lines)}}


def render_json(outcome: Verification | NotVerified) -> str:
    """The document as JSON text."""
    return json.dumps(document(outcome), indent=2) + "\n"


def _artifact(check: ArtifactCheck) -> Document:
    return {
        "path": check.path,
        "stage": check.stage,
        "legacy_sha256": check.legacy,
        "new_sha256": check.new,
        "extracted_sha256": check.extracted,
        "stage_sha256": check.in_stage,
        "match": check.match,
    }


def _difference(difference: Difference) -> Document:
    return {
        "aspect": difference.aspect,
        "path": difference.path,
        "legacy": difference.legacy,
        "new": difference.new,
        "cause": difference.cause,
        "set_aside": difference.set_aside,
        "image": difference.image,
    }


def _image(facts: ImageFacts) -> Document:
    return {"name": facts.name, "size": facts.size, "layers": facts.layers, "seconds": round(facts.seconds, 1)}


def _total(images: Sequence[ImageFacts], seconds: float) -> Document:
    return {
        "size": sum(image.size for image in images),
        "layers": sum(image.layers for image in images),
        "seconds": round(seconds, 1),
    }


def size(count: int) -> str:
    """A size as `docker image ls` writes it: three significant digits, in powers of 1000."""
    number, units = float(count), ["B", "kB", "MB", "GB", "TB"]
    while number >= _UNIT and len(units) > 1:
        number /= _UNIT
        units.pop(0)
    return f"{number:.3g}{units[0]}" if number < _UNIT - 1 else f"{number:.0f}{units[0]}"


def render_text(outcome: Verification | NotVerified, *, colour: bool = False, width: int = 100) -> str:
    """The outcome for a person: the verdict, what the images weigh, the artifacts, what differs, what is set aside."""
    target = io.StringIO()
    console = Console(
        file=target,
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        highlight=False,
        legacy_windows=False,
    )
    if isinstance(outcome, NotVerified):
        for line in outcome.log:
            console.print(Text(f"  | {visible(line)}"), soft_wrap=True)
    else:
        _print_images(console, outcome)
        _print_artifacts(console, outcome.artifacts)
        _print_differences(console, outcome.differences)
        if outcome.explanation is not None:
            _print_explanation(console, outcome.explanation)
        for one in outcome.repairs:
            told = f"repaired: line {one.line}: {one.after} (was: {one.before}; {one.cause})"
            console.print(Text(visible(told)), soft_wrap=True)
    for found in outcome.diagnostics:
        if found.rule is ASIDE_BY_REPOSITORY:
            console.print(Text(visible(found.message)), soft_wrap=True)
    style = "green" if outcome.verdict in PROVED else "yellow" if outcome.verdict is Verdict.NONDETERMINISTIC else "red"
    console.print(
        Text.assemble((str(outcome.verdict), f"bold {style}"), f": {_MEANING[outcome.verdict]}"), soft_wrap=True
    )
    console.print(Text(f"{outcome.engine}, {outcome.builder}{_WAYS[outcome.legacy]}"), soft_wrap=True)
    if isinstance(outcome, Verification) and outcome.aspects:
        count = f"{outcome.compared:,} {'path' if outcome.compared == 1 else 'paths'}"
        told = f"compared: {count} by {', '.join(outcome.aspects)}; the configuration; shared layers by their digest"
        console.print(Text(told), soft_wrap=True)
    return "".join(f"{line.rstrip()}\n" for line in target.getvalue().splitlines())


def _print_explanation(console: Console, explanation: Explanation) -> None:
    console.print(Text(visible(f"{explanation.path}, explained by {explanation.tool}:")), soft_wrap=True)
    for line in explanation.lines:
        console.print(Text(f"  {visible(line)}"), soft_wrap=True)
    console.print()


def _table(*titles: str) -> Table:
    table = Table(box=None, padding=(0, 3, 0, 0), header_style="bold")
    for number, title in enumerate(titles):
        table.add_column(title, justify="right" if number and title in {"size", "layers", "seconds"} else "left")
    return table


def _print_images(console: Console, outcome: Verification) -> None:
    table = _table("image", "way", "size", "layers", "seconds")
    rows = [
        *((facts, "legacy, builder only") for facts in outcome.images.builders),
        *(
            row
            for pair in zip(outcome.images.legacy, outcome.images.new, strict=True)
            for row in zip(pair, ("legacy", "new"), strict=True)
        ),
    ]
    for facts, way in rows:
        seconds = f"{facts.seconds:.1f}"
        table.add_row(Text(visible(facts.name)), way, size(facts.size), str(facts.layers), seconds)
    table.add_row("in all", "legacy", "", "", f"{outcome.images.legacy_seconds:.1f}")
    table.add_row("in all", "new", "", "", f"{outcome.images.new_seconds:.1f}")
    console.print(table)
    console.print()


def _print_artifacts(console: Console, artifacts: Sequence[ArtifactCheck]) -> None:
    if not artifacts:
        return
    table = _table("artifact (sha256)", "extracted", "in its stage", "legacy image", "new image", "")
    for check in artifacts:
        digests = [_short(digest) for digest in (check.extracted, check.in_stage, check.legacy, check.new)]
        mark = Text("same", "green") if check.match else Text("differs", "red")
        table.add_row(Text(visible(check.path), overflow="fold"), *digests, mark)
    console.print(table)
    console.print()


def _short(digest: str | None) -> str:
    return digest[:_DIGITS] if digest else "-"


def _print_differences(console: Console, differences: Sequence[Difference]) -> None:
    real = [difference for difference in differences if not difference.set_aside]
    if real:
        table = _table("differs", "path", "legacy", "new", "cause")
        for one in real[:_SHOWN]:
            values = [Text(visible(_cut(value)), overflow="fold") for value in (one.legacy, one.new)]
            table.add_row(one.aspect, Text(visible(one.path), overflow="fold"), *values, one.cause or "")
        console.print(table)
        if len(real) > _SHOWN:
            console.print(f"and {len(real) - _SHOWN} more; --format json has them all")
        console.print()
    for line in _set_aside(differences):
        console.print(Text(line), soft_wrap=True)


def _cut(value: str) -> str:
    """A value in which a sha256 is cut to what a person can compare."""
    head, colon, rest = value.partition("sha256:")
    return f"{head}{rest[:_DIGITS]}{rest[64:]}" if colon else value


def _set_aside(differences: Sequence[Difference]) -> list[str]:
    """What is set aside: the places within files with both sides of each, everything else by number."""
    aside = [one for one in differences if one.set_aside]
    spots = [one for one in aside if one.aspect == "content" and not one.legacy.startswith("sha256:")]
    counts = Counter((one.cause, one.aspect) for one in aside if one not in spots)
    lines = [visible(f"set aside: {one.path}: {one.legacy} | {_value(one.new)} ({one.cause})") for one in spots]
    more = [f"set aside: {len(lines) - _SPOTS} more places; --format json has them all"] * (len(lines) > _SPOTS)
    return [
        *lines[:_SPOTS],
        *more,
        *(f"set aside: {aspect} of {count} {_plural(count)} ({cause})" for (cause, aspect), count in counts.items()),
    ]


def _value(told: str) -> str:
    """The bytes of a place, without the words that say where it is."""
    return told.rpartition(": ")[2]


def _plural(count: int) -> str:
    return "entry" if count == 1 else "entries"
