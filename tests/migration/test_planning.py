"""What the plan makes of one shape at a time: in memory, the emitted text and the commands looked at."""

from __future__ import annotations

import pytest

from migrator.migration.convert import convert
from migrator.migration.result import Converted, Declined, NotApplicable
from migrator.project import Project

HEAD = "#!/bin/bash\nset -e\n"
OUT = "docker build -t made -f Dockerfile.build .\nid=$(docker create made)\ndocker cp $id:/x/app app\n"
BUILDER = "FROM alpine:3\nRUN make -o /x/app\n"
RUNTIME = "FROM alpine:3\nCOPY app /app\n"


def done(
    script: str, builder: str = BUILDER, runtime: str = RUNTIME, args: tuple[str, ...] = (), **more: str
) -> Converted:
    """The conversion of a small repository, which must succeed; a key of `more` is a path with `__` for a dot."""
    files = {"build.sh": HEAD + script, "Dockerfile.build": builder, "Dockerfile": runtime}
    files |= {name.replace("__", "."): text for name, text in more.items()}
    result = convert(Project.of(files), "build.sh", args)
    assert isinstance(result, Converted), result
    return result


def refused(script: str, builder: str = BUILDER, runtime: str = RUNTIME, **more: str) -> list[tuple[str, int]]:
    """The errors of a conversion that must be declined: (code, line)."""
    files = {"build.sh": HEAD + script, "Dockerfile.build": builder, "Dockerfile": runtime}
    files |= {name.replace("__", "."): text for name, text in more.items()}
    result = convert(Project.of(files), "build.sh")
    assert isinstance(result, Declined), result
    return [(d.code, d.span.line if d.span else 0) for d in result.diagnostics if d.severity == "error"]


def instructions(result: Converted, keyword: str) -> list[str]:
    return [line for line in result.dockerfile.splitlines() if line.startswith(keyword)]


def test_what_the_builder_alone_does_is_left_alone() -> None:
    result = convert(Project.of({"build.sh": HEAD + "docker build -t app .\n", "Dockerfile": BUILDER}), "build.sh")
    assert isinstance(result, NotApplicable)


def test_one_argument_with_two_values_keeps_both() -> None:
    script = OUT.replace("-t made", "--build-arg V=2 -t made") + "docker build -t app .\n"
    result = done(script, "FROM alpine:3\nARG V=1\nRUN make -o /x/app\n", "FROM alpine:3\nARG V=9\nCOPY app /app\n")
    assert instructions(result, "ARG") == ["ARG V=2", "ARG V=9"]
    assert result.targets[0].command == "docker build -t app ."


def test_a_parameter_given_to_one_build_does_not_reach_the_other() -> None:
    script = OUT.replace("-t made", "--build-arg V=$VERSION -t made") + "docker build -t app .\n"
    result = done(script, "FROM alpine:3\nARG V=1\nRUN make -o /x/app\n", "FROM alpine:3\nARG V=9\nCOPY app /app\n")
    assert instructions(result, "ARG") == ["ARG BUILDER_V", "ARG V=${BUILDER_V}", "ARG V=9"]
    assert '--build-arg BUILDER_V="$VERSION"' in result.targets[0].command


def test_a_global_argument_is_not_seen_by_the_other_file() -> None:
    result = done(
        OUT + "docker build -t app .\n", "ARG TAG=3\nFROM alpine:$TAG\n", "FROM alpine:4\nARG TAG\nCOPY app /app\n"
    )
    assert instructions(result, "ARG") == ["ARG BUILDER_TAG=3", "ARG TAG"]
    assert instructions(result, "FROM") == ["FROM alpine:$BUILDER_TAG AS builder", "FROM alpine:4 AS runtime"]


def test_stages_behind_the_target_are_cut() -> None:
    script = OUT.replace("-t made", "--target made -t made") + "docker build -t app .\n"
    result = done(script, "FROM alpine:3 AS made\nRUN make -o /x/app\nFROM made AS test\nRUN false\n")
    assert "RUN false" not in result.dockerfile
    assert "MG332" in {d.code for d in result.diagnostics}


def test_flags_of_the_copy_stay() -> None:
    result = done(
        OUT + "docker build -t app .\n", runtime="FROM alpine:3\nCOPY --link --chmod=755 --chown=7:7 app /app\n"
    )
    assert instructions(result, "COPY") == ["COPY --link --from=builder --chown=7:7 --chmod=755 /x/app /app"]


def test_an_archive_of_the_checkout_is_still_unpacked() -> None:
    result = done(OUT + "docker build -t app .\n", runtime="FROM alpine:3\nADD lib.tar.gz app /x/\n", lib__tar__gz="x")
    assert instructions(result, "ADD") == ["ADD lib.tar.gz /x/"]
    assert instructions(result, "COPY") == ["COPY --from=builder --chown=0:0 /x/app /x/"]


def test_an_address_beside_an_artifact_is_declined() -> None:
    runtime = "FROM alpine:3\nADD https://example.test/key app /x/\n"
    assert refused(OUT + "docker build -t app .\n", runtime=runtime) == [("MG342", 2)]


def test_a_mount_that_reads_the_context_is_declined() -> None:
    runtime = "FROM alpine:3\nCOPY app /app\nRUN --mount=type=bind,target=/src ls /src\n"
    assert refused(OUT + "docker build -t app .\n", runtime=runtime) == [("MG343", 3)]


def test_triggers_of_an_image_that_is_continued_stand_where_they_fire() -> None:
    builder = "FROM alpine:3\nONBUILD COPY conf /conf\n"
    script = "docker build -t made -f Dockerfile.build .\ndocker build -t app .\n"
    result = done(script, builder, "FROM made\nRUN true\n", conf="x")
    assert result.dockerfile.split("\n\n")[1] == "FROM builder AS runtime\nCOPY conf /conf\nRUN true\n"
    assert "ONBUILD" not in result.dockerfile
    origins = [(line.file, line.line) for line in result.lines]
    assert origins[-3:] == [("Dockerfile", 1), ("Dockerfile", 1), ("Dockerfile", 2)]


def test_triggers_of_an_image_that_is_left_and_continued_are_declined() -> None:
    builder = "FROM alpine:3\nONBUILD COPY conf /conf\n"
    script = "docker build -t made -f Dockerfile.build .\ndocker push made\ndocker build -t app .\n"
    assert refused(script, builder, "FROM made\nRUN true\n", conf="x") == [("MG344", 2)]


@pytest.mark.parametrize(
    ("ignore", "kept"),
    [("app\n", False), ("*.log\n", True), ("docs\n", True)],
)
def test_the_ignore_file_decides_about_artifacts_too(ignore: str, kept: bool) -> None:  # noqa: FBT001 (a parameter)
    script = OUT + "docker cp $id:/x/other.js other.js\ndocker build -t app .\n"
    result = done(script, runtime="FROM alpine:3\nCOPY . /srv\n", __dockerignore=ignore)
    assert any("/x/app " in line for line in instructions(result, "COPY")) == kept


def test_what_the_ignore_file_keeps_out_of_a_folder_is_removed_in_a_stage() -> None:
    script = OUT.replace("docker cp $id:/x/app app", "docker cp $id:/x/dist/. dist") + "docker build -t app .\n"
    result = done(script, runtime="FROM alpine:3\nCOPY dist /srv\n", __dockerignore="**/*.map\n")
    (work,) = [line for line in instructions(result, "RUN") if "/x/dist" in line]
    assert "-name '*.map'" in work


def test_work_of_a_container_does_not_see_the_arguments_of_its_build() -> None:
    script = "docker build -t made -f Dockerfile.build .\ndocker run --name c made\n"
    script += "docker cp c:/x/app app\ndocker build -t app .\n"
    result = done(script, 'FROM alpine:3\nARG V=1\nENV W=2\nCMD ["./make.sh"]\n')
    assert instructions(result, "RUN") == ["RUN unset V && ./make.sh"]


def test_commands_of_one_container_keep_their_own_environment_and_folder() -> None:
    script = (
        "docker run -d --name c alpine:3 sleep 99\ndocker exec -w /a -e X=1 c make one\ndocker exec c make two\n"
        "docker cp c:/x/app app\ndocker build -t app .\n"
    )
    assert instructions(done(script), "RUN") == ["RUN cd /a && export X=1 && make one", "RUN make two"]


def test_a_bracket_does_not_begin_a_json_array() -> None:
    script = "docker run --name c alpine:3 sh -c '[ -f x ] || make'\ndocker cp c:/x/app app\ndocker build -t app .\n"
    assert instructions(done(script), "RUN") == ["RUN true && [ -f x ] || make"]


def test_a_mount_hides_what_the_image_has_there() -> None:
    script = (
        'docker build -t made -f Dockerfile.build .\ndocker run --rm -v "$PWD":/src made make\ndocker build -t app .\n'
    )
    result = done(script, "FROM alpine:3\nWORKDIR /src\nRUN touch old\n", "FROM alpine:3\nCOPY out /app\n")
    assert result.dockerfile.index("RUN rm -rf /src") < result.dockerfile.index("COPY . /src/")


def test_an_image_that_got_another_name_is_found_under_its_own() -> None:
    result = done("docker tag alpine:3 base\n" + OUT + "docker build -t app .\n", "FROM base\nRUN make -o /x/app\n")
    assert instructions(result, "FROM")[0] == "FROM alpine:3 AS builder"


def test_the_same_build_twice_is_one_target_with_two_names() -> None:
    result = done(OUT + "docker build -t app:1 .\ndocker build -t app:latest .\n")
    assert [target.tags for target in result.targets] == [("app:1", "app:latest")]


def test_a_context_outside_of_the_repository_is_declined() -> None:
    assert ("MG145", 6) in refused(OUT + "docker build -t app -f Dockerfile ..\n")


def test_an_image_left_by_commit_is_declined() -> None:
    script = OUT + "docker build -t app .\ndocker exec $id touch /new\ndocker commit $id other\n"
    assert refused(script) == [("MG329", 8)]


def test_a_commit_over_the_name_of_a_build_is_no_script_that_only_takes_files_out() -> None:
    script = OUT + "docker build -t app .\ndocker run --name made app touch /made\ndocker commit made app\n"
    assert refused(script) == [("MG329", 8)]


def test_a_build_that_loses_its_name_to_one_that_takes_nothing_in_leaves_nothing_to_convert() -> None:
    script = HEAD + OUT + "docker build -t app .\ndocker build -t app - <<< 'FROM alpine:3'\n"
    files = {"build.sh": script, "Dockerfile.build": BUILDER, "Dockerfile": RUNTIME}
    assert isinstance(convert(Project.of(files), "build.sh"), NotApplicable)


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ("-o type=docker,name=app:2", ("app:2",)),
        ("--output 'type=image,\"name=app:2,app:3\"'", ("app:2", "app:3")),
        ("-t app -o type=docker,name=app:2", ("app",)),
        ("-o type=docker,name=app:2,dest=app.tar", ()),
        ("-o type=local,dest=out", ()),
    ],
)
def test_a_name_in_an_output_is_one_of_the_image_where_there_is_no_tag(options: str, names: tuple[str, ...]) -> None:
    assert done(OUT + f"docker build {options} .\n").targets[0].tags == names


def test_a_name_that_the_user_chooses_stays_the_users_choice() -> None:
    result = done(OUT + 'if [ -z "$TAG" ]; then TAG=dev; fi\ndocker build -t "app:$TAG" .\n')
    assert result.targets[0].command == 'docker build -t "app:${TAG:-dev}" .'


def test_a_condition_on_a_value_becomes_the_value() -> None:
    result = done(OUT + 'if [ "$1" = prod ]; then T=live; else T=test; fi\ndocker build -t app:$T .\n')
    assert '"app:$(if [ "${1}" = "prod" ]; then printf %s live; else printf %s test; fi)"' in result.targets[0].command


def test_an_artifact_has_the_path_that_it_had_from_the_root_in_its_own_round() -> None:
    script = (
        "for n in web api; do\n  docker build -t b-$n -f b.$n .\n  docker create --name x-$n b-$n\n"
        "  docker cp x-$n:/out $n/out\n  docker build -t $n $n\ndone\n"
    )
    recipes = {f"{n}/Dockerfile": "FROM alpine\nCOPY out/app /app\n" for n in ("web", "api")}
    builders = {f"b.{n}": f"FROM alpine\nRUN mkdir /out && echo {n} > /out/app\n" for n in ("web", "api")}
    result = convert(Project.of({"build.sh": script, **recipes, **builders}))
    assert isinstance(result, Converted)
    assert [artifact.workspace_path for artifact in result.artifacts] == ["web/out/app", "api/out/app"]


def test_what_the_plan_names_is_in_the_result() -> None:
    result = done(OUT + "docker build -t app .\n", runtime="FROM alpine:3\nWORKDIR /srv/\nCOPY app .\n")
    (artifact,) = result.artifacts
    assert (artifact.stage, artifact.path, artifact.workspace_path) == ("builder", "/x/app", "app")
    assert [(c.stage, c.destination) for c in artifact.consumers] == [("runtime", "/srv/app")]
    origins = [(line.file, line.line) for line in result.lines]
    assert origins[0] == ("Dockerfile.build", 1)
    assert ("Dockerfile", 3) in origins


@pytest.mark.parametrize("recipe", ["FROM base:1\nCMD a\n", "FROM base:1 AS a\nFROM a\nCMD a\n", "FROM two\nCMD a\n"])
def test_an_image_on_one_left_by_commit_is_declined(recipe: str) -> None:
    script = (
        OUT + "docker commit $id base:1\ndocker build -t app .\ndocker build -f D -t two .\ndocker build -f E -t z .\n"
    )
    files = {"D": "FROM base:1\nCMD b\n", "E": recipe}
    assert ("MG329", 9) in refused(script, **files)
