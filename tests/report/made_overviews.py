"""Sources for the tests of the overview: of every kind, of every folder, hostile ones, and ten thousand of them."""

from __future__ import annotations

from typing import Any

from migrator.organisation.audit import Audited, Finding, Saving
from migrator.organisation.totals import Totals, least_left
from migrator.report import audit as report
from migrator.report.overview import html

PATCH = """diff --git a/Dockerfile b/Dockerfile
--- a/Dockerfile
+++ b/Dockerfile
@@ -1,2 +1,5 @@
+FROM alpine:3.19 AS builder
+RUN echo '<b>' > app
 FROM alpine:3.19
-COPY app /app
+COPY --from=builder /app /app
--- not a head
"""
BLOCKED = Finding("MG304", "unknown-file", "error", "what curl brings cannot be known", "Pin it.", "build.sh", 7)
TASK = Finding("MG310", "push-left", "warning", "the push stays in the script", "Look at it.", "build.sh", 9)
HOSTILE = "</script><script>document.title = 'taken'</script><img src=x onerror=alert(1)>\x1b[31m"


def converted(path: str, *findings: Finding) -> Audited:
    return Audited(
        path, "converted", "build.sh", findings=findings, constructs=(("script", 1), ("docker build", 2)), calls=5,
        commands=1, saving=Saving(1, 1, 1, 1), patch=PATCH,
    )  # fmt: skip


def declined(path: str) -> Audited:
    return Audited(path, "declined", "build.sh", findings=(BLOCKED,), constructs=(("script", 1),), calls=3)


def some() -> list[Audited]:
    return [
        converted("/srv/src/web/shop"),
        converted("/srv/src/web/blog", TASK),
        declined("/srv/src/web/old/wiki"),
        declined("/srv/src/data/etl"),
        Audited("/srv/src/data/tables", "not-applicable", reason="no file of it calls a container engine"),
        Audited("/srv/src/broken", "failed", reason="cannot read it", findings=(BLOCKED,)),
    ]


def hostile() -> list[Audited]:
    finding = Finding("MG304", "x", "error", f"cannot know {HOSTILE}", HOSTILE, f"{HOSTILE}.sh", 1)
    return [
        Audited(
            f"/srv/{HOSTILE}", "declined", HOSTILE, reason=HOSTILE, findings=(finding,), constructs=((HOSTILE, 1),)
        ),
        Audited("/srv/x", "converted", HOSTILE, calls=2, commands=1, patch=PATCH + f"+{HOSTILE}\n"),
        Audited("/srv/\udcff", "not-applicable", reason="\u202e"),
    ]


def many(count: int) -> list[Audited]:
    """One in twenty a candidate, in folders of a hundred, as in an organisation."""
    found = []
    for number in range(count):
        path = f"/srv/src/team-{number // 100:03}/repository-{number:05}"
        if number % 40 == 0:
            found.append(declined(path))
        elif number % 20 == 0:
            found.append(converted(path, TASK))
        else:
            found.append(Audited(path, "not-applicable", reason="no file of it calls a container engine"))
    return found


def page(answers: list[Audited], verdicts: dict[str, Any] | None = None) -> str:
    """The page of these answers, as `migrator audit --format html` makes it; with verdicts by path, if any."""
    totals = Totals()
    for one in answers:
        totals.add(one)
    given = verdicts or {}
    rows = [
        report.row(one) | {"patch": one.patch} | ({"verdict": given[one.path]} if one.path in given else {})
        for one in least_left(answers)
    ]
    return html.render("An audit", report.summary(totals), rows)
