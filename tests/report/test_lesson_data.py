"""The lesson as data: every line is told, and what belongs together is tied, on the samples and on odd scripts."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from lesson_inputs import SAMPLES, VERDICT, hostile, lesson_of, sample

from migrator.project import Project
from migrator.report.lesson.model import Fate, Lane, Lesson, Line, Shape
from migrator.report.lesson.picture import Picture, picture
from migrator.report.lesson.script import numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

GOLD = Path(__file__).parent / "lessons"
BUILD = "FROM golang:1.13\nRUN mkdir /o && echo s > /o/server\n"
RUNTIME = "FROM alpine\nCOPY server /srv/\n"


def faults(lesson: Lesson) -> Iterator[str]:
    """What a lesson leaves open: a line that is tied on one side only, or one whose fate and ties disagree."""
    known = {panel.id: panel for panel in (*lesson.before, lesson.after)}
    lines = {line.id: (panel, line) for panel in known.values() for line in panel.lines}
    for name, (panel, line) in lines.items():
        for tie in line.ties:
            if tie not in lines or name not in lines[tie][1].ties:
                yield f"{name} is tied to {tie}, which does not know of it"
            elif (panel is lesson.after) == (lines[tie][0] is lesson.after):
                yield f"{name} is tied to {tie} on its own side"
        needs_tie = {Fate.KEPT, Fate.CHANGED} if panel is not lesson.after else {Fate.KEPT, Fate.CHANGED, Fate.MOVED}
        if line.fate in needs_tie and not line.ties:
            yield f"{name} is {line.fate} and tied to nothing"
        if line.fate in {Fate.GONE, Fate.YOURS} and line.ties:
            yield f"{name} is {line.fate} and tied to {line.ties}"
        if (line.fate is Fate.BLANK) != (not line.text.strip()):
            yield f"{name} is {line.fate}: {line.text!r}"
    for step in lesson.steps:
        for name in (*step.before, *step.after):
            if name not in lines:
                yield f"the step {step.id} shows {name}, which is no line"


def replaced(lesson: Lesson, name: str, **changes: object) -> Lesson:
    """The lesson with one line of the new file changed."""
    lines = tuple(
        dataclasses.replace(line, **changes) if line.id == name else line  # type: ignore[arg-type]  # by the caller
        for line in lesson.after.lines
    )
    return dataclasses.replace(lesson, after=dataclasses.replace(lesson.after, lines=lines))


@pytest.mark.parametrize("name", SAMPLES)
def test_every_line_of_a_sample_is_told_and_tied(name: str) -> None:
    assert list(faults(sample(name))) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_the_right_side_is_what_convert_prints_and_every_line_of_it_has_an_origin(name: str) -> None:
    lesson = sample(name)
    assert [line.number for line in lesson.after.lines] == list(range(1, len(lesson.after.lines) + 1))
    for line in lesson.after.lines:
        assert line.ties or line.fate in {Fate.BLANK, Fate.NEW}, line


def test_what_a_script_may_not_do_to_the_data() -> None:
    assert list(faults(hostile())) == []
    shown = [line.text for panel in (*hostile().before, hostile().after) for line in panel.lines]
    assert all(text.isprintable() for text in shown)
    assert any("\\x1b]0;title\\x07 \\u202emoc.live" in text for text in shown)


def test_faults_are_seen() -> None:
    lesson = sample("http-server")
    assert list(faults(replaced(lesson, "z2", ties=()))) == [
        "b1x2 is tied to z2, which does not know of it",
        "z2 is kept and tied to nothing",
    ]
    assert "z2 is gone and tied to ('b1x2',)" in list(faults(replaced(lesson, "z2", fate=Fate.GONE)))
    assert "z2 is blank: 'WORKDIR /go/src/github.com/example/http-server'" in list(
        faults(replaced(lesson, "z2", fate=Fate.BLANK))
    )


@pytest.mark.parametrize("name", ["http-server", "two-builders", "bind-mount", "add-archive"])
def test_the_data_of_a_sample_is_as_it_was_looked_at(name: str, request: pytest.FixtureRequest) -> None:
    data = json.dumps(compact(sample(name)), indent=1, ensure_ascii=False) + "\n"
    path = GOLD / f"{name}.json"
    if request.config.getoption("--update"):
        path.write_text(data, encoding="utf-8")
    assert data == path.read_text(encoding="utf-8")


def compact(lesson: Lesson) -> dict[str, object]:
    """What a person compares: a line of text for every line of the lesson, every arrow and every step."""
    return {
        "lines": [_told(line) for panel in (*lesson.before, lesson.after) for line in panel.lines],
        "roles": {panel.title + ("" if panel is not lesson.after else " (new)"): panel.role.key
                  for panel in (*lesson.before, lesson.after)},
        "commands": lesson.commands,
        "flows": [
            [f"{titles[e.start]} -{e.label}-> {titles[e.end]}" for e in flow.edges]
            for flow in lesson.flows
            for titles in [{node.id: f"{node.shape} {node.title}" for node in flow.nodes}]
        ],
        "steps": [[step.id, *(s.key for s in step.text), *step.before, *step.after] for step in lesson.steps],
        "numbers": [[row.label.key, dict(row.before.values), dict(row.after.values)] for row in lesson.numbers.counted],
        "questions": [one.question.key for one in lesson.questions],
    }  # fmt: skip


def _told(line: Line) -> str:
    marked = "".join(f"[{piece.text}]" if piece.mark == "added" else piece.text for piece in line.pieces)
    return f"{line.id} {line.fate} {line.note.key} {','.join(line.ties) or '-'} | {marked}"


# --- single kinds of lines ------------------------------------------------------------------------------------


def told(script: str, **files: str) -> dict[str, str]:
    """The key of what is said about each line of a script, by the line's text."""
    texts = {"build.sh": script, "Dockerfile.build": BUILD, "Dockerfile": RUNTIME} | {
        name.replace("_", "."): text for name, text in files.items()
    }
    lesson = lesson_of(Project.of(texts))
    assert list(faults(lesson)) == []
    return {line.text: line.note.key for line in lesson.before[0].lines}


PLAIN = """#!/bin/bash
set -e
BASE=alpine
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/o/server server
docker rm b1
docker build -t app .
"""


def test_the_plain_script() -> None:
    assert told(PLAIN) == {
        "#!/bin/bash": "fate.shebang",
        "set -e": "fate.settings",
        "BASE=alpine": "fate.variable",
        "docker build -t b -f Dockerfile.build .": "fate.build-stage",
        "docker create --name b1 b": "fate.create",
        "docker cp b1:/o/server server": "fate.carried-out",
        "docker rm b1": "fate.cleanup",
        "docker build -t app .": "fate.build-target",
    }


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ("docker push app", "fate.push"),
        ("docker login example.com", "fate.yours"),
        ("docker images", "fate.look"),
        ("kubectl apply -f app.yaml", "fate.yours"),
        ("rm server", "fate.host-cleanup"),
        ("mkdir -p out", "fate.host"),
        ("echo done", "fate.talk"),
        # A value is followed to where it is used: nothing of the line is left to the user.
        ("TAG=$(git describe --always)", "fate.variable"),
        ("# the end", "fate.comment"),
        ("cd .", "fate.folder"),
        ("docker rmi b", "fate.cleanup"),
        ("if false; then docker build -t x - < Dockerfile.build; fi", "fate.not-taken"),
    ],
)
def test_a_further_line(more: str, key: str) -> None:
    assert told(PLAIN + more + "\n")[more] == key


def test_a_file_of_the_repository_is_not_told_to_come_from_a_stage() -> None:
    script = PLAIN.replace(
        "docker build -t app .", "mkdir ctx\ncp server ctx\ncp run.sh ctx\ndocker build -t app -f D ctx"
    )
    files = {"build.sh": script, "Dockerfile.build": BUILD, "run.sh": "x\n"}
    lesson = lesson_of(
        Project.of({**files, "D": "FROM alpine\nCOPY server /bin/\nCOPY run.sh /run.sh\nCOPY . /all/\n"})
    )
    left = {line.text: line.note.key for line in lesson.before[-1].lines}
    assert left["COPY server /bin/"] == "fate.mg328"
    assert left["COPY run.sh /run.sh"] == "fate.mg328-repository"
    assert left["COPY . /all/"] == "fate.mg328-both"
    for line in lesson.after.lines:
        if line.rule == "MG328":
            assert ("--from=" in line.text) == (line.note.key == "origin.mg328-owner"), line.text


def test_a_file_that_is_read_in() -> None:
    assert told(". ./env.sh\n" + PLAIN, env_sh="BASE=alpine\n")[". ./env.sh"] == "fate.sourced"


def test_a_container_that_keeps_running_is_told_as_one() -> None:
    script = PLAIN.replace("docker create --name b1 b", "docker run -d --name b1 b")
    assert told(script)["docker run -d --name b1 b"] == "fate.detached"


def test_one_line_that_builds_all() -> None:
    script = """make() {
  docker build -t "$1" -f "$2" .
}
make b Dockerfile.build
docker create --name b1 b
docker cp b1:/o/server server
make app Dockerfile
"""
    assert told(script)['  docker build -t "$1" -f "$2" .'] == "fate.build-several"


def test_the_lines_of_a_program_are_no_comments() -> None:
    program = """#!/usr/bin/env python3
# builds
import os, subprocess
subprocess.run(["docker", "build", "-t", "b", "-f", "Dockerfile.build", "."], check=True)
subprocess.run(["docker", "create", "--name", "b1", "b"], check=True)
subprocess.run(["docker", "cp", "b1:/o/server", "server"], check=True)
subprocess.run(["docker", "build", "-t", "app", "."], check=True)
print("done")
"""
    lesson = lesson_of(Project.of({"build.py": program, "Dockerfile.build": BUILD, "Dockerfile": RUNTIME}))
    assert list(faults(lesson)) == []
    assert [line.note.key.removeprefix("fate.") for line in lesson.before[0].lines] == [
        "shebang", "comment", "program", "build-stage", "create", "carried-out", "build-target", "talk"
    ]  # fmt: skip


def test_a_container_without_a_name_takes_none() -> None:
    def clean(script: str) -> list[str]:
        files = {"build.sh": script, "Dockerfile.build": BUILD, "Dockerfile": RUNTIME}
        return [said.key for step in lesson_of(Project.of(files)).steps if step.id == "container" for said in step.text]

    assert clean(PLAIN) == ["step.container.carries", "step.container.clean"]
    unnamed = PLAIN.replace("docker create --name b1 b", "b1=$(docker create b)").replace("b1:", "$b1:")
    assert clean(unnamed) == ["step.container.carries", "step.container.unnamed"]


def test_a_pipe_out_of_a_container_is_tied_to_the_copy() -> None:
    script = (
        "docker build -t b -f Dockerfile.build .\ndocker run --rm b cat /o/server > server\ndocker build -t app .\n"
    )
    lesson = lesson_of(Project.of({"build.sh": script, "Dockerfile.build": BUILD, "Dockerfile": RUNTIME}))
    copy = next(line for line in lesson.after.lines if line.text.startswith("COPY --from="))
    assert "a2" in copy.ties


def test_a_dockerfile_that_the_script_writes_is_a_file_of_the_left_side() -> None:
    script = PLAIN.replace(
        "docker build -t app .",
        "cat > Dockerfile.tmp <<EOT\nFROM $BASE\nCOPY server /srv/\nEOT\ndocker build -t app -f Dockerfile.tmp .",
    )
    lesson = lesson_of(Project.of({"build.sh": script, "Dockerfile.build": BUILD}))
    assert [panel.role.key for panel in lesson.before] == ["role.script", "role.builder", "role.runtime-written"]
    assert [line.text for line in lesson.before[2].lines] == ["FROM alpine", "COPY server /srv/"]
    keys = {line.text: line.note.key for line in lesson.before[0].lines}
    assert keys["cat > Dockerfile.tmp <<EOT"] == keys["EOT"] == "fate.writes-recipe"


def test_a_value_of_the_script_is_tied_to_its_argument() -> None:
    script = PLAIN.replace("BASE=alpine", 'V="${1:-dev}"').replace(
        "docker build -t app .", 'echo "$V" > V\ndocker build -t app .'
    )
    files = {"build.sh": script, "Dockerfile.build": BUILD, "Dockerfile": "FROM alpine\nCOPY server V /srv/\n"}
    lesson = lesson_of(Project.of(files))
    argument = next(line for line in lesson.after.lines if line.text.startswith("ARG "))
    assert argument.ties == ("a3",)
    assert lesson.lines["a3"][1].note.key == "fate.value"


@pytest.mark.parametrize(
    ("lines", "text"), [((1,), "1"), ((3, 1, 2), "1-3"), ((1, 3, 4, 9), "1, 3-4, 9"), ((), "")]
)  # fmt: skip
def test_numbers_for_a_reader(lines: tuple[int, ...], text: str) -> None:
    assert numbers(lines) == text


# --- measures and pictures ------------------------------------------------------------------------------------


def test_without_an_engine_nothing_is_claimed() -> None:
    table = sample("http-server").numbers
    assert table.source.key == "numbers.unmeasured"
    assert {row.before.key for row in table.measured} == {"cell.unmeasured"}


def test_measures_come_from_the_verification() -> None:
    lesson = lesson_of(Project.of({"build.sh": PLAIN, "Dockerfile.build": BUILD, "Dockerfile": RUNTIME}), VERDICT)
    cells = {
        (row.label.key, *dict(row.label.values).values()): (dict(row.before.values), dict(row.after.values))
        for row in lesson.numbers.measured
    }
    assert cells["row.builder", "http-server:build"] == ({"text": "389MB"}, {})
    assert cells["row.size", "http-server:latest"] == ({"text": "8.7MB"}, {"text": "8.6MB"})
    assert cells["row.layers", "http-server:latest"] == ({"number": 3}, {"number": 2})
    assert cells["row.total-seconds",] == ({"seconds": "61.2"}, {"seconds": "50.0"})
    assert cells["row.artifact", "/root/http-server"] == ({"text": "ab" * 32}, {"text": "ab" * 32})


def test_a_verification_that_came_to_nothing_is_said() -> None:
    document = {"schema": VERDICT["schema"], "verdict": "timeout", "engine": "x", "builder": "y", "images": None}
    files = {"build.sh": PLAIN, "Dockerfile.build": BUILD, "Dockerfile": RUNTIME}
    table = lesson_of(Project.of(files), document).numbers
    assert table.source.key == "numbers.failed"
    assert {row.before.key for row in table.measured} == {"cell.unmeasured"}


def touched(drawn: Picture) -> list[str]:
    """Labels that lie over the border of the frame around the stages, or so near that they seem to."""
    frame, found = drawn.frame, []
    for arrow in drawn.arrows if frame else ():
        wide = len(arrow.label) * 6.7
        left = arrow.x - {"start": 0, "middle": wide / 2, "end": wide}[arrow.anchor]
        top, bottom = arrow.y - 12, arrow.y + 3
        beside = frame.y < bottom and top < frame.y + frame.height
        across = frame.x < left + wide and left < frame.x + frame.width
        at_side = beside and any(left < x < left + wide for x in (frame.x, frame.x + frame.width))
        at_end = across and any(top < y < bottom for y in (frame.y, frame.y + frame.height))
        found += [arrow.label] if arrow.label and (at_side or at_end) else []
    return found


def overlaps(drawn: Picture) -> list[tuple[str, str]]:
    """Boxes of a picture that lie over each other or beyond its edge."""
    boxes = drawn.boxes
    found = [
        (one.node.title, other.node.title)
        for at, one in enumerate(boxes)
        for other in boxes[at + 1 :]
        if abs(one.x - other.x) < one.width and abs(one.y - other.y) < one.height
    ]
    outside = [b for b in boxes if b.x < 0 or b.y < 0 or b.x + b.width > drawn.width or b.y + b.height > drawn.height]
    return found + [(box.node.title, "the edge") for box in outside]


@pytest.mark.parametrize("name", SAMPLES)
def test_the_pictures_hold_together(name: str) -> None:
    lesson = sample(name)
    for flow in lesson.flows:
        assert overlaps(picture(flow)) == []
        assert touched(picture(flow)) == []
        tied = {edge.start for edge in flow.edges} | {edge.end for edge in flow.edges}
        assert {node.id for node in flow.nodes} == tied
    before, after = lesson.flows
    assert any(node.shape is Shape.FILE and node.lane is Lane.HOST for node in before.nodes)
    # Behind the Dockerfile nothing is on the host any more.
    assert [node.lane for node in after.nodes].count(Lane.HOST) == 1
    assert not any(node.shape is Shape.CONTAINER for node in after.nodes)


def test_overlapping_boxes_are_seen() -> None:
    flow = sample("http-server").flows[0]
    drawn = picture(flow)
    boxes = (drawn.boxes[0], dataclasses.replace(drawn.boxes[1], x=drawn.boxes[0].x + 3), *drawn.boxes[2:])
    assert overlaps(dataclasses.replace(drawn, boxes=boxes)) == [("Dockerfile.build", "http-server:build")]


def test_a_label_that_touches_the_border_is_seen() -> None:
    drawn = picture(sample("http-server").flows[1])
    last = drawn.arrows[-1]
    assert last.label == "-t"
    raised = dataclasses.replace(last, y=last.y - 8)
    assert touched(dataclasses.replace(drawn, arrows=(*drawn.arrows[:-1], raised))) == ["-t"]
