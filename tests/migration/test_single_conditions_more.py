"""More conditions, texts and numbers that could be changed without a test that saw it: what reaches the Dockerfile."""

from __future__ import annotations

import dataclasses

import pytest

from migrator.migration.convert import convert
from migrator.migration.result import Conversion, Converted, Declined, NotApplicable
from migrator.migration.wishes import NONE, Runtime, Wishes
from migrator.project import Project

BUILDER = "FROM alpine\nRUN mkdir -p /out/lib && echo a > /out/app && echo b > /out/lib/b\n"
RUNTIME = "FROM alpine\nCOPY app /x/app\n"
FOLDER = "FROM alpine\nCOPY d /x/\n"
BUILD = "docker build -f Dockerfile.build -t b .\n"
START = f"{BUILD}docker create --name c b\n"
OUT = f"{START}docker cp c:/out/app app\n"
END = "docker build -t app .\n"


def result_of(script: str, files: dict[str, str] | None = None, wishes: Wishes = NONE) -> Conversion:
    """The conversion of a small repository whose script is `set -e` and these lines."""
    usual = {"Dockerfile.build": BUILDER, "Dockerfile": RUNTIME}
    return convert(Project.of({**usual, "build.sh": f"set -e\n{script}", **(files or {})}), "build.sh", wishes=wishes)


def converted(script: str, files: dict[str, str] | None = None, wishes: Wishes = NONE) -> Converted:
    result = result_of(script, files, wishes)
    assert isinstance(result, Converted), result
    return result


def refused(script: str, files: dict[str, str] | None = None) -> list[tuple[str, str, int]]:
    """The errors of a script that is declined: rule, file and line."""
    result = result_of(script, files)
    assert isinstance(result, Declined), result
    return [
        (one.code, one.span.file if one.span else "", one.span.line if one.span else 0)
        for one in result.diagnostics
        if one.severity == "error"
    ]


def told(result: Conversion, code: str) -> list[str]:
    return [one.message for one in result.diagnostics if one.code == code]


def lines(result: Converted, keyword: str) -> list[str]:
    return [line for line in result.dockerfile.splitlines() if line.startswith(keyword)]


# --- bases and names ---------------------------------------------------------------------------------------

WORK = "docker run --name c {} sh -c 'mkdir /out; echo a > /out/app'\ndocker cp c:/out/app app\n"


def test_a_base_that_is_the_users_to_choose_stays_that() -> None:
    result = converted(WORK.format('"golang:${GO:-1.20}"') + END)
    assert result.dockerfile.startswith("ARG GO=1.20\n\nFROM golang:${GO} AS builder\n")
    assert result.targets[0].command == 'docker build --build-arg GO="${GO:-1.20}" -t app .'


def test_a_base_that_is_the_scripts_own_image_by_default_is_declined() -> None:
    script = START.replace("name c b", 'name c "${IMAGE:-b}"') + "docker cp c:/out/app app\n" + END
    assert refused(script) == [("MG311", "build.sh", 2)]


@pytest.mark.parametrize(
    "script", [WORK.format('"golang:1$*"') + END, f'{START}docker cp "c:/out/app$*" app\n{END}'], ids=["base", "path"]
)
def test_all_arguments_are_no_one_value_of_an_argument_of_the_build(script: str) -> None:
    result = converted(script)
    assert told(result, "MG330")  # so it is the call without any
    assert "ARG" not in result.dockerfile


def test_a_path_that_only_the_run_knows_is_declined() -> None:
    script = f'{START}id=$(docker create b)\ndocker cp "c:/out/$id" app\n{END}'
    assert refused(script) == [("MG311", "build.sh", 4)]


def test_a_value_in_a_tag_is_no_name_of_a_stage() -> None:
    script = (
        "docker build -f Dockerfile.build -t builder:a$A .\ndocker build -f Other -t builder:b$B .\n"
        "docker create --name c builder:a$A\ndocker create --name d builder:b$B\n"
        "docker cp c:/out/app app\ndocker cp d:/out/app more\n"
    )
    result = converted(script + END, {"Other": BUILDER, "Dockerfile": "FROM alpine\nCOPY app more /x/\n"})
    assert [stage.name for stage in result.stages] == ["builder", "builder-2", "runtime"]


def test_an_argument_with_a_new_name_is_not_looked_for_where_a_stage_takes_its_place() -> None:
    files = {
        "Dockerfile.build": "ARG BASE=alpine\nFROM $BASE\nRUN mkdir /out; echo a > /out/app\n",
        "Dockerfile": "ARG BASE=b\nFROM $BASE\nCOPY app /x\n",
    }
    assert lines(converted(OUT + END, files), "FROM") == ["FROM $BASE AS builder", "FROM builder AS runtime"]


def test_a_source_that_an_engine_cannot_expand_is_missing() -> None:
    runtime = "FROM alpine\nARG A=x\nCOPY ${A:~no} /x/app\n"
    assert ("MG305", "Dockerfile", 3) in refused(OUT + END, {"Dockerfile": runtime})


# --- commands ----------------------------------------------------------------------------------------------


def test_what_comes_out_of_an_image_and_goes_back_into_its_container_is_copied_there() -> None:
    files = {"Dockerfile.build": f'{BUILDER}CMD ["sh", "-c", "cp /in /out/done"]\n'}
    script = f"{OUT}docker cp app c:/in\ndocker start -a c\ndocker cp c:/out/done app\n{END}"
    text = converted(script, files).dockerfile
    assert "cp -a /out/app /in\nRUN cp /in /out/done\n" in text


def test_a_link_is_copied_as_one_where_the_host_works_on_its_folder() -> None:
    script = f"{START}mkdir d\ndocker cp c:/out/cur d/cur\ndocker cp c:/out/app d/app\nchmod -R 700 d\n{END}"
    text = converted(
        script, {"Dockerfile.build": f"{BUILDER}RUN ln -s app /out/cur\n", "Dockerfile": FOLDER}
    ).dockerfile
    assert "FROM builder AS workspace\n" in text
    assert "\nRUN mkdir -p /host-workspace/d && cp -a /out/cur /host-workspace/d/cur\n" in text


def test_a_user_and_group_of_0_are_root() -> None:
    files = {"Dockerfile.build": f'{BUILDER}USER 0:0\nCMD ["sh", "-c", "cp /in /out/app"]\n', "conf": "x"}
    script = f"{START}docker cp conf c:/in\ndocker start -a c\ndocker cp c:/out/app app\n{END}"
    text = converted(script, files).dockerfile
    assert "COPY conf /in\nRUN cp /in /out/app\n" in text
    assert text.count("USER") == 1


def test_several_lines_whose_output_goes_to_a_file_are_declined() -> None:
    script = f"{BUILD}docker run b sh -c 'echo a\necho b' > app\n{END}"
    assert refused(script) == [("MG311", "build.sh", 3)]


PIPES = 'SHELL ["/bin/bash", "-o", "pipefail", "-c"]\n'
TEXT = "grep x /none | cat > /out/app"


@pytest.mark.parametrize(
    ("work", "run"),
    [
        (f"docker run --name c b sh -c '{TEXT}'\n", f"RUN {TEXT}"),
        (f"docker create --name c b\ndocker start c\ndocker exec c sh -c '{TEXT}'\n", f"RUN {TEXT}"),
        ("docker run --name c b make all\n", "RUN make all"),
    ],
)
def test_a_shell_of_a_container_is_not_that_of_the_dockerfile(work: str, run: str) -> None:
    script = f"{BUILD}{work}docker cp c:/out/app app\n{END}"
    cmd = 'CMD ["sleep", "9"]\n'
    text = converted(script, {"Dockerfile.build": f"{BUILDER}{PIPES}{cmd}"}).dockerfile
    assert f'\n{PIPES}{cmd}SHELL ["/bin/sh", "-c"]\n{run}\n\nFROM alpine' in text
    plain = converted(script, {"Dockerfile.build": BUILDER + cmd}).dockerfile
    assert f"\n{cmd}{run}\n\nFROM alpine" in plain


def test_a_shell_is_handed_on_to_the_image_that_continues_it() -> None:
    files = {"Base": f"FROM alpine\n{PIPES}", "Dockerfile.build": f"FROM base\nRUN mkdir /out\nCMD {TEXT}\n"}
    script = f"docker build -f Base -t base .\n{START}docker start -a c\ndocker cp c:/out/app app\n{END}"
    assert f"RUN /bin/bash -o pipefail -c '{TEXT}'" in lines(converted(script, files), "RUN")


@pytest.mark.parametrize("shell", ["sh", "/bin/sh"])
def test_a_line_for_a_shell_on_standard_input_is_a_run(shell: str) -> None:
    script = f"{BUILD}docker run -i --name c b {shell} <<< 'echo a > /out/app'\n"
    assert "RUN echo a > /out/app" in lines(converted(f"{script}docker cp c:/out/app app\n{END}"), "RUN")


def test_several_lines_of_an_exec_are_a_run_in_json() -> None:
    script = f"{BUILD}docker run -d --name c b sleep 9\n{{}}docker cp c:/out/app app\n{END}"
    result = converted(script.format("docker exec c sh -c 'echo a\necho b > /out/app'\n"))
    assert r'RUN ["/bin/sh", "-c", "echo a\necho b > /out/app"]' in lines(result, "RUN")


# --- owners and folders ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("user", "direct"), [("0", True), ("root", True), ("nobody", False)])
def test_folders_on_the_way_belong_to_the_user_of_the_stage(user: str, *, direct: bool) -> None:
    script = f"{START}mkdir -p d/sub\ndocker cp c:/out/lib d/sub/conf\ndocker cp c:/out/app d/app\n{END}"
    result = converted(script, {"Dockerfile": f"FROM alpine\nUSER {user}\nCOPY d /x/\n"})
    assert ("COPY --from=builder --chown=0:0 /out/lib /x/sub/conf" in lines(result, "COPY")) is direct
    assert ("COPY --from=checkout /d /x/" in lines(result, "COPY")) is not direct


@pytest.mark.parametrize(("place", "direct"), [("/x/", True), ("/a/x/", False)])
def test_a_file_may_not_make_the_folder_above_what_a_folder_made(place: str, *, direct: bool) -> None:
    script = f"{START}mkdir d\ncp conf d/conf\ndocker cp c:/out/lib d/lib\n{END}"
    result = converted(script, {"Dockerfile": f"FROM alpine\nCOPY --chown=nobody d {place}\n", "conf": "x"})
    assert (f"COPY --chown=nobody conf {place}" in lines(result, "COPY")) is direct
    assert (f"COPY --from=checkout --chown=nobody /d {place}" in lines(result, "COPY")) is not direct


# --- ignore files ------------------------------------------------------------------------------------------


def test_a_pattern_for_children_leaves_what_lies_deeper() -> None:
    files = {"Dockerfile": "FROM alpine\nCOPY dist /x/\n", ".dockerignore": "dist/*.map\n"}
    (line,) = (one for one in lines(converted(f"{START}docker cp c:/out/. dist\n{END}", files), "RUN") if "find" in one)
    kept = "/host-workspace/kept/files"
    assert line.endswith(f"&& find {kept} -mindepth 1 -maxdepth 1 -name '*.map' -prune -exec rm -rf '{{}}' +")


def test_a_pattern_that_nothing_removes_is_told_with_the_folder() -> None:
    files = {"Dockerfile": "FROM alpine\nCOPY . /x/\n", "ctx/.dockerignore": "a/**/b*\n"}
    script = f"{START}docker cp c:/out/. ctx\ndocker build -t app -f Dockerfile ctx\n"
    assert refused(script, files) == [("MG340", "Dockerfile", 2)]
    (message,) = told(result_of(script, files), "MG340")
    assert " a part of ., which comes out of an image" in message


def test_an_ignore_file_keeps_its_text_where_an_exception_is_added() -> None:
    files = {
        "Dockerfile": "FROM alpine\nCOPY top /t\nCOPY app copy /x/\n", ".dockerignore": "src\nUNIX\n\n", "src/a": "x",
        "top": "x",
    }  # fmt: skip
    result = converted(f"{OUT}cp src/a copy\n{END}", files)
    assert [(one.path, one.content) for one in result.files[1:]] == [(".dockerignore", "src\nUNIX\n!src/a\n")]


# --- mounts ------------------------------------------------------------------------------------------------


def test_a_mount_that_is_no_part_of_the_context_stays() -> None:
    mount = "RUN --mount=type=cache,target=/c --mount=from=alpine,target=/a true"
    assert mount in lines(converted(OUT + END, {"Dockerfile": f"{RUNTIME}{mount}\n"}), "RUN")


def test_a_here_document_is_for_buildkit_which_has_cache_mounts() -> None:
    run = "docker run --name c -v cache:/root/.cache b sh -c 'echo x > /out/app'\n"
    script = START.replace("docker create --name c b\n", run) + f"docker cp c:/out/app app\n{END}"
    cache = "RUN --mount=type=cache,target=/root/.cache echo x > /out/app"
    assert cache in lines(converted(script, {"Dockerfile": f"{RUNTIME}RUN <<EOF\ntrue\nEOF\n"}), "RUN")
    assert cache not in lines(converted(script, {"Dockerfile": f"{RUNTIME}RUN true\n"}), "RUN")


# --- what is wanted ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("again", ["docker build .\n", "docker build -q .\n"])
def test_one_image_without_a_name_is_made_once(again: str) -> None:
    result = converted(f"{OUT}docker build .\n{again}")
    assert [target.command for target in result.targets] == ["docker build ."]
    assert [(one.span.line if one.span else 0) for one in result.diagnostics if one.code == "MG292"] == [6]


def test_an_image_without_a_name_is_made_where_the_other_one_is_not() -> None:
    script = f"{OUT}docker build .\ndocker build -t app --label a=1 .\n"
    assert [target.command for target in converted(script).targets] == [
        "docker build --target runtime .",
        "docker build --label a=1 -t app .",
    ]


@pytest.mark.parametrize("before", ["docker export web > web.tar\n", "docker create --name c b\n"])
def test_a_build_that_fails_is_declined_where_a_container_was_at_work(before: str) -> None:
    assert refused(before + END) == [("MG305", "Dockerfile", 2)]


def test_a_build_that_fails_is_declined_where_a_container_gives_something_afterwards() -> None:
    assert refused(f"{END}docker create --name c app\ndocker cp c:/x/app report\n") == [("MG305", "Dockerfile", 2)]


def test_a_build_that_fails_is_of_no_concern_where_no_container_is() -> None:
    result = result_of(f"docker version\n{END}")
    assert isinstance(result, NotApplicable)
    assert result.reason == "every image of the script is built from its own context alone"


def test_a_build_behind_the_script_is_told_at_the_first_line_of_its_dockerfile() -> None:
    wishes = Wishes(runtimes=(Runtime("Other"), Runtime("Other", tag="app")))
    result = converted(OUT, {"Other": "FROM alpine\nCOPY app /x/a-long-line\n"}, wishes)
    spans = [one.span for one in result.diagnostics if one.code in ("MG292", "MG395")]
    assert [(one.file, one.line, one.text) for one in spans if one] == [("Other", 1, "FROM alpine")] * 2


def test_an_archive_of_the_checkout_is_not_named_among_what_came_out() -> None:
    files = {"src/a": "x"}
    start = f"{START}mkdir dist\ndocker cp c:/out/app dist/app\n"
    wishes = Wishes(export=True)
    assert told(converted(f"{start}tar czf dist/src.tgz src\n", files, wishes), "MG392") == []
    assert told(converted(f"{start}tar czf dist/app.tgz -C dist app\n", files, wishes), "MG392") != []


# --- the result --------------------------------------------------------------------------------------------


def test_a_result_is_a_value_that_nobody_changes() -> None:
    result = converted(OUT + END)
    assert hash(result) == hash(converted(OUT + END))
    for part in (result, *result.files, *result.lines, *result.stages, *result.targets, *result.artifacts):
        name = dataclasses.fields(part)[0].name
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(part, name, getattr(part, name))


def test_the_first_need_is_that_of_every_conversion() -> None:
    need = converted(OUT + END).floor.needs[0]
    assert (need.what, need.line, need.docker) == ("a multi-stage build", 1, "17.05")


def test_an_artifact_that_the_host_works_on_has_the_path_that_it_has_there() -> None:
    script = f"{START}docker cp c:/out/app conf/tool\nsed -i s/a/b/ conf/tool\n{END}"
    found = converted(script, {"conf/x": "x", "Dockerfile": "FROM alpine\nCOPY conf/tool /x/tool\n"}).artifacts
    assert [(one.stage, one.workspace_path) for one in found] == [("builder", "conf/tool"), ("workspace", "conf/tool")]


def test_why_an_output_is_left_out_is_told() -> None:
    (message,) = told(converted(f"{OUT}docker buildx build --output type=docker,name=app .\n"), "MG313")
    assert message == "--output is left out of the new build command: the image is wanted in the engine"
