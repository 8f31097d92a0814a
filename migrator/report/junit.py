"""A verification as JUnit XML (`verify --format junit`), the form in which CI servers show what passed.

One test case for each image, one for each artifact, and one for whether the script was read rightly. Where nothing
could be compared there is one case, with an error. The shape is that of https://github.com/testmoapp/junitxml.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from migrator.report.display import visible
from migrator.verify.verdict import PROVED, NotVerified, Verdict, Verification

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.diagnostics import Diagnostic
    from migrator.verify.verdict import Difference

Case = tuple[str, str, tuple[str, ...]]


def render_junit(outcome: Verification | NotVerified) -> str:
    """The outcome as a JUnit document."""
    cases = [_stopped(outcome)] if isinstance(outcome, NotVerified) else list(_cases(outcome))
    seconds = 0.0
    if isinstance(outcome, Verification):
        seconds = outcome.images.legacy_seconds + outcome.images.new_seconds
    bad = [kind for kind, _, lines in cases if lines]
    counts = {
        "tests": str(len(cases)),
        "failures": str(bad.count("failure")),
        "errors": str(bad.count("error")),
        "time": f"{seconds:.1f}",
    }
    root = ET.Element("testsuites", {"name": "migrator verify", **counts})
    suite = ET.SubElement(root, "testsuite", {"name": f"migrator verify ({outcome.engine})", **counts})
    properties = ET.SubElement(suite, "properties")
    for name, value in (("verdict", str(outcome.verdict)), ("builder", outcome.builder)):
        ET.SubElement(properties, "property", {"name": name, "value": value})
    for kind, title, lines in cases:
        case = ET.SubElement(suite, "testcase", {"classname": "migrator.verify", "name": visible(title)})
        if lines:
            shown = {"message": visible(lines[0]), "type": str(outcome.verdict)}
            ET.SubElement(case, kind, shown).text = "\n".join(visible(line) for line in lines)
    notes = [_told(found) for found in outcome.diagnostics]
    ET.SubElement(suite, "system-out").text = "\n".join(visible(line) for line in notes)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _stopped(outcome: NotVerified) -> Case:
    kind = "failure" if outcome.verdict is Verdict.NEW_BUILD_FAILED else "error"
    lines = [found.message for found in reversed(outcome.diagnostics)]
    return kind, "both ways are built", (*(lines or [str(outcome.verdict)]), *outcome.log)


def _cases(outcome: Verification) -> Iterator[Case]:
    # What a build does not repeat is no difference of the conversion, and proves nothing either.
    proved = outcome.verdict in PROVED or outcome.verdict is Verdict.DIFFERENT
    calls = [one for one in outcome.differences if one.aspect == "call"]
    yield "error", "the script does what was read in it", tuple(_line(one) for one in calls)
    names = [one for one in outcome.differences if one.aspect == "image"]
    if names:
        counting = [one for one in names if not one.set_aside or (not proved and one.cause == "MG403")]
        yield "failure", "every image of the script is made", tuple(_line(one) for one in counting)
    for facts in outcome.images.legacy:
        mine = [one for one in outcome.differences if one.image == facts.name and one.aspect not in {"call", "image"}]
        counting = [one for one in mine if not one.set_aside or (not proved and one.cause == "MG403")]
        yield "failure", f"image {facts.name} is the same", tuple(_line(one) for one in counting)
    for check in outcome.artifacts:
        bad = () if check.match else (f"{check.path}: {check.legacy} in the legacy image, {check.new} in the new one",)
        yield "failure", f"artifact {check.path}", bad


def _line(one: Difference) -> str:
    place = f" {one.path}" if one.path else ""
    return f"{one.aspect}{place}: {one.legacy} in the legacy way, {one.new} in the new one ({one.cause})"


def _told(found: Diagnostic) -> str:
    return f"{found.severity} {found.code}: {found.message}"
