"""The leftover script: what is not about passing an artifact stays as it stands, byte for byte."""

from __future__ import annotations

import tomllib
from pathlib import Path
from textwrap import dedent

import pytest
from repository import left_of, left_text

PASSING = """\
docker build -t builder -f Dockerfile.build .
docker create --name x builder
docker cp x:/out/app app
docker rm x
"""

# What goes in front of the final build, and what is left of it: nothing about passing stands in it, so it is the same.
UNTOUCHED = [
    "echo 'building the image'   # loudly\n",
    "set -euo pipefail\n",
    'if [ -z "$1" ]; then\n    echo "usage: $0 VERSION" >&2\nfi\n',
    'log() {\n  printf "%s\\n" "$*"\n}\nlog starting\n',
    "docker login -u robot registry.example\n",
    'for name in one two; do\n  echo "$name"\ndone\n',
    "cat <<EOF\ndocker cp in a text\n# and no comment\nEOF\n",
    "case $1 in\n  x) echo x ;;\n  *) ;;\nesac\n",
    "# a comment above nothing\n\n",
    "docker run --rm alpine true\n",
    "mkdir -p logs\n",
    "docker pull alpine\n",
]


@pytest.mark.parametrize("head", UNTOUCHED)
def test_what_is_not_about_passing_stays(head: str) -> None:
    assert left_text(f"#!/bin/bash\n{head}{PASSING}docker build -t app .\n") == (
        f"#!/bin/bash\n{head}docker build -t app .\n"
    )


@pytest.mark.parametrize(
    "tail",
    [
        "docker push registry.example/app\n",
        "docker tag app app:1.0\ndocker push app:1.0\n",
        "docker run --rm app --version\n",
        "kubectl rollout restart deployment/app\n",
        "docker run -d --name probe app\ndocker rm -f probe\n",
        'if [ "$PUSH" = yes ]; then\n  docker push app\nfi\n',
        "docker images | head -3\n",
    ],
)
def test_what_comes_after_stays(tail: str) -> None:
    script = f"#!/bin/bash\n{PASSING}docker build -t app .\n{tail}"
    assert left_text(script) == f"#!/bin/bash\ndocker build -t app .\n{tail}"


CUTS = tomllib.loads((Path(__file__).parent / "cuts.toml").read_text(encoding="utf-8"))["case"]


@pytest.mark.parametrize("case", CUTS, ids=lambda case: case["name"])
def test_passing_is_cut(case: dict[str, str]) -> None:
    files = {"ci/note.txt": "", "coverage.txt": ""}
    assert left_text(f"#!/bin/bash\nset -x\n{case['script']}", files) == f"#!/bin/bash\nset -x\n{case['left']}"


def test_the_new_build_is_written_in_the_words_of_the_old_ones() -> None:
    script = """\
        #!/bin/bash
        NAME=registry.example/app
        TAG=${TAG:-latest}
        VERSION=$1
        docker build --build-arg VERSION="$VERSION" -t "$NAME:build" -f Dockerfile.build .
        docker create --name x "$NAME:build"
        docker cp x:/out/app app
        docker rm x
        docker build \\
            --label made=here \\
            -t "$NAME:$TAG" \\
            .
        docker push "$NAME:$TAG"
        """
    files = {"Dockerfile.build": "FROM alpine\nARG VERSION\nRUN mkdir /out && echo $VERSION > /out/app\n"}
    assert left_text(script, files) == dedent(
        """\
        #!/bin/bash
        NAME=registry.example/app
        TAG=${TAG:-latest}
        VERSION=$1
        docker build \\
            --label made=here \\
            -t "$NAME:$TAG" --build-arg VERSION="$VERSION" \\
            .
        docker push "$NAME:$TAG"
        """
    )


def test_options_of_the_old_dockerfile_and_context_are_changed_in_place() -> None:
    files = {"run/Dockerfile.run": "FROM alpine\nCOPY app /app\n", "Dockerfile": "FROM scratch\n"}
    script = "docker build -t b -f Dockerfile.build .\ndocker create --name x b\ndocker cp x:/out/app run/app\n"
    script += "docker build --quiet --no-cache -f run/Dockerfile.run -t app run\necho built\n"
    # The new file takes the place of the last of the old ones.
    assert left_text(script, files) == "docker build --quiet --no-cache -f run/Dockerfile.run -t app .\necho built\n"


def test_what_a_kept_command_needs_stays_with_all_that_makes_it() -> None:
    script = f"{PASSING}./publish.sh app\ndocker build -t app .\n"
    script = script.replace("./publish.sh app", "scp app host:/srv/")
    assert left_text(script) == (
        "docker build -t builder --target builder .\ndocker create --name x builder\ndocker cp x:/out/app app\n"
        "docker rm x\nscp app host:/srv/\ndocker build -t app .\n"
    )


def test_another_file_out_of_the_same_container_stays_and_the_artifact_goes() -> None:
    script = "docker build -t builder -f Dockerfile.build .\ndocker create --name x builder\ndocker cp x:/out/app app\n"
    script += "docker cp x:/out/lib report.xml\ndocker rm x\ndocker build -t app .\n"
    assert left_text(script) == (
        "docker build -t builder --target builder .\ndocker create --name x builder\n"
        "docker cp x:/out/lib report.xml\ndocker rm x\ndocker build -t app .\n"
    )


def test_what_is_still_taken_out_is_still_removed() -> None:
    script = f"{PASSING}md5sum app > app.md5\ndocker build -t app .\nscp app.md5 host:\nrm -f app app.md5\n"
    left = left_text(script)
    assert "docker cp x:/out/app app\n" in left
    assert left.endswith("md5sum app > app.md5\ndocker build -t app .\nscp app.md5 host:\nrm -f app app.md5\n")


@pytest.mark.parametrize(
    "line", ["md5sum app > app.md5", "gzip -c app > app.gz", "sort app > app.s", "tar cf app.tar app"]
)
def test_what_is_derived_on_the_host_and_stays_there_is_still_made(line: str) -> None:
    left = left_text(f"{PASSING}{line}\ndocker build -t app .\nrm -f app\n")
    assert "docker cp x:/out/app app\n" in left
    assert left.endswith(f"{line}\ndocker build -t app .\nrm -f app\n")


def test_a_copy_beside_what_is_edited_on_its_way_is_still_made() -> None:
    edited = "sed -i s/int/long/ app\ncp app rel\n"
    left = left_text(f"{PASSING}{edited}docker build -t app .\n")
    assert "docker cp x:/out/app app\n" in left
    assert left.endswith(f"{edited}docker build -t app .\n")


def test_a_file_that_stood_on_the_way_and_stays_on_the_host_is_named() -> None:
    passing = PASSING.replace("out/app app", "out/app app.old")
    script = f"{passing}sed s/int/long/ app.old > app\ndocker build -t app .\n"
    found = left_of(script)
    assert [(task.code, task.span and task.span.line) for task in found.tasks] == [("MG550", 3)]
    assert "app.old" in found.tasks[0].message
    assert left_of(f"{script}rm app.old\n").tasks == ()


def test_a_test_in_the_builder_keeps_the_builder() -> None:
    script = PASSING.replace("docker create", "docker run --rm builder test -s /out/app\ndocker create")
    assert left_text(f"{script}docker build -t app .\n") == (
        "docker build -t builder --target builder .\ndocker run --rm builder test -s /out/app\ndocker build -t app .\n"
    )


def test_a_loop_over_builds_becomes_its_commands() -> None:
    script = f"{PASSING}for image in one two; do\n  docker build -t $image -f Dockerfile.$image .\ndone\n"
    files = {"Dockerfile.one": "FROM alpine\nCOPY app /one\n", "Dockerfile.two": "FROM alpine\nCOPY app /two\n"}
    assert left_text(script, files) == (
        "docker build -t one -f Dockerfile.two --target one .\ndocker build -t two -f Dockerfile.two .\n"
    )


def test_a_carriage_return_survives() -> None:
    script = "#!/bin/bash\r\necho hello\r\n" + PASSING.replace("\n", "\r\n") + "docker build -t app .\r\n"
    assert left_text(script) == "#!/bin/bash\r\necho hello\r\ndocker build -t app .\r\n"


def test_a_script_without_a_final_newline_keeps_being_one() -> None:
    assert left_text(f"#!/bin/sh\n{PASSING}docker build -t app . && echo ok") == (
        "#!/bin/sh\ndocker build -t app . && echo ok"
    )


# --- whether it goes altogether -------------------------------------------------------------------------------------


def test_a_script_of_which_one_build_is_left_may_go() -> None:
    assert left_of(f'#!/bin/sh\nset -e\ncd "$(dirname "$0")"\n{PASSING}docker build -t app .\n').texts == {
        "build.sh": None
    }


@pytest.mark.parametrize(
    "more",
    [
        "echo built\n",
        "docker push app\n",
        "docker build -t other -f Dockerfile.build .\n",
    ],
)
def test_a_script_that_does_more_stays(more: str) -> None:
    assert left_of(f"#!/bin/sh\n{PASSING}docker build -t app .\n{more}").texts["build.sh"] is not None


@pytest.mark.parametrize("tag", ["app:$1", "app:${TAG:-1}", "app:$(cat VERSION)"])
def test_a_script_that_knows_more_than_the_command_stays(tag: str) -> None:
    found = left_of(f"#!/bin/sh\n{PASSING}docker build -t {tag} .\n", {"VERSION": "3\n"})
    assert found.texts["build.sh"] is not None
    assert tag in found.texts["build.sh"]


def test_a_script_that_is_called_goes_with_its_call() -> None:
    files = {"ci/compile.sh": f"#!/bin/sh\nset -e\n{PASSING}"}
    found = left_of("#!/bin/sh\nbash ci/compile.sh\ndocker build -t app .\necho ok\n", files)
    assert found.texts == {"build.sh": "#!/bin/sh\ndocker build -t app .\necho ok\n", "ci/compile.sh": None}


# --- what is said ---------------------------------------------------------------------------------------------------


def test_a_way_not_followed_that_names_the_builder_is_a_task() -> None:
    script = f"#!/bin/sh\nif false; then\n  docker push builder\nfi\n{PASSING}docker build -t app .\necho ok\n"
    found = left_of(script)
    assert [(task.code, task.span.line if task.span else 0) for task in found.tasks] == [("MG503", 3)]


def test_a_build_that_cannot_be_changed_leaves_the_script_alone() -> None:
    script = "#!/bin/sh\nmake() { docker build $OPTIONS .; }\n"
    script += f"OPTIONS='-t builder -f Dockerfile.build'\nmake\n{PASSING.partition(chr(10))[2]}"
    script += "OPTIONS='-t app'\nmake\n"
    found = left_of(script)
    assert found.texts == {}
    assert [task.code for task in found.tasks] == ["MG501"]


# --- where a script stands, and what it takes away at the end ---------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "context"),
    [
        ('ROOT="$(cd "$(dirname "$0")" && pwd)"', '"$ROOT"'),
        ('ROOT=$(dirname "${BASH_SOURCE[0]}")', '"$ROOT"'),
        ("ROOT=$(git rev-parse --show-toplevel)", '"$ROOT"'),
        ("ROOT=.", "."),
    ],
)
def test_a_context_that_is_named_by_the_place_of_the_script_still_is(place: str, context: str) -> None:
    text = left_text(
        f"""\
        #!/bin/bash
        set -e
        {place}
        docker build -t b -f "$ROOT/Dockerfile.build" "$ROOT"
        docker create --name x b
        docker cp x:/out/app "$ROOT/run/app"
        docker rm x
        docker build -t "app:$TAG" "$ROOT/run"
        """,
        {"run/Dockerfile": "FROM alpine\nCOPY app /usr/bin/app\n"},
    )
    assert text.rstrip().endswith(f" {context}"), text


def test_a_function_of_a_trap_of_which_nothing_is_left_goes_with_the_trap() -> None:
    text = left_text(
        """\
        #!/bin/bash
        set -e
        cleanup() {
          rm -rf "$TMP" app
          docker rmi -f "$BUILDER" > /dev/null 2>&1 || true
        }
        TMP=$(mktemp -d)
        trap cleanup EXIT
        BUILDER=$(docker build -q -f Dockerfile.build .)
        id=$(docker create "$BUILDER")
        docker cp "$id:/out/app" - | tar -x -C "$TMP"
        docker rm "$id"
        cp "$TMP/app" app
        docker build -t app .
        docker push app
        """
    )
    assert text == "#!/bin/bash\nset -e\ndocker build -t app .\ndocker push app\n"


def test_a_trap_that_still_has_work_to_do_stays() -> None:
    text = left_text(
        """\
        #!/bin/bash
        set -e
        cleanup() {
          docker rmi -f "$BUILDER"
          rm -f log
        }
        trap cleanup EXIT
        BUILDER=$(docker build -q -f Dockerfile.build .)
        docker run --rm "$BUILDER" cat /out/app > app
        docker build -t app . > log
        """
    )
    assert "cleanup() {\n  rm -f log\n}\ntrap cleanup EXIT\n" in text


def test_a_builder_that_something_else_needs_is_still_taken_away() -> None:
    text = left_text(
        """\
        #!/bin/sh
        set -e
        docker build -t builder -f Dockerfile.build .
        docker save builder > /tmp/builder.tar
        id=$(docker create builder)
        docker cp $id:/out/app app
        docker rm $id
        docker rmi builder
        docker build -t app .
        """
    )
    assert text.count("docker rmi builder\n") == 1
    assert "docker build -t builder --target builder .\n" in text


def test_a_context_in_a_folder_of_its_own_becomes_what_the_other_builds_name() -> None:
    text = left_text(
        """\
        #!/bin/bash
        set -e
        HERE=$(cd "$(dirname "$0")" && pwd)
        TMP=$(mktemp -d)
        trap 'rm -rf "$TMP"' EXIT
        docker build -t b -f "$HERE/Dockerfile.build" "$HERE"
        docker create --name x b
        docker cp x:/out/app "$TMP/app"
        docker rm x
        cp "$HERE/Dockerfile" "$TMP/"
        docker build -t "app:$TAG" "$TMP"
        """
    )
    assert text == '#!/bin/bash\nset -e\nHERE=$(cd "$(dirname "$0")" && pwd)\ndocker build -t "app:$TAG" "$HERE"\n'


def test_a_file_with_a_value_in_its_name_is_still_made() -> None:
    script = """\
        #!/bin/bash
        VERSION=${VERSION:-1}
        KIND=${KIND:-a}
        docker build -t b --build-arg KIND=$KIND -f Dockerfile.build .
        docker create --name x b
        docker cp x:/out/app app
        docker cp x:/out/lib "lib-$VERSION"
        docker rm x
        docker build -t app .
        docker save app > "app-$VERSION.tar"
        """
    found = left_of(script)
    assert [task.message for task in found.tasks] == []
    gone = left_of(script.replace('docker cp x:/out/lib "lib-$VERSION"', 'cp app "app-$VERSION"'), {"app": "x"})
    assert all(character < "\U00100000" for task in gone.tasks for character in task.message)
