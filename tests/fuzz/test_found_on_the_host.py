"""What random scripts showed to be wrong once about the files of the host, each by hand and as small as it gets."""

from __future__ import annotations

import pytest
from test_found_by_fuzz import codes_of, converted, text_of

MANY = {"Dockerfile.build": "FROM alpine\nRUN mkdir -p /out/lib && echo a > /out/app && echo b > /out/lib/b\n"}


@pytest.mark.parametrize("folder", ["dist", "./dist", "././dist", "conf/../dist", ".//dist", '"$PWD"/./dist'])
def test_a_pattern_finds_what_lies_behind_dots_in_a_path(folder: str) -> None:
    lines = f"docker cp c:/out/lib dist\nmv {folder}/* .\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY . /x/\n", **MANY))
    assert "/* .\n" in text
    assert "../" not in text
    assert "'/host-workspace/dist/*'" not in text


def test_a_pattern_behind_dots_finds_the_files_of_the_checkout() -> None:
    lines = "docker cp c:/out/app app\nmkdir got\ncp ./conf/* got/\n"
    assert "COPY conf /x/" in text_of(converted(lines, "FROM alpine\nCOPY app got /x/\n", **MANY))


def test_what_was_taken_out_of_a_folder_in_a_folder_is_not_in_the_copy_of_both() -> None:
    lines = "docker cp c:/out dist\nmv dist/lib/b moved\nmkdir d\ncp -a dist/. d/\n"
    assert "rm -rf /host-workspace/d/lib/b" in text_of(converted(lines, "FROM alpine\nCOPY d /x/\n", **MANY))


def test_a_second_name_of_what_may_come_from_two_copies_is_not_lost() -> None:
    copied = "docker cp c:/out dist\n"
    lines = f"mkdir dist got\n{copied}{copied}ln dist/out/lib/b got/b\n"
    assert codes_of(converted(lines, "FROM alpine\nCOPY got /x/\n", **MANY))


def test_a_folder_gets_no_second_name() -> None:
    lines = "docker cp c:/out/app app\nln conf got || mkdir got\n"
    assert "conf" not in text_of(converted(lines, "FROM alpine\nCOPY app got /x/\n", **MANY))


def test_what_was_copied_under_a_name_of_the_run_may_be_what_is_taken_from() -> None:
    lines = 'F="${F:-/out/lib/}"\nmkdir dist got\ndocker cp "c:$F" dist\ncp -p dist/lib/b got/\n'
    text = text_of(converted(lines, "FROM alpine\nCOPY got /x/\n", **MANY))  # with the default, which is said
    assert "COPY --from=builder --chown=0:0 /out/lib/b /x/b" in text


def test_a_variable_that_is_a_path_by_its_default_names_its_last_part() -> None:
    lines = 'F="${F:-/out/lib/b}"\nmkdir dist got\ndocker cp "c:$F" dist\ncp -r dist/* got/\n'
    text = text_of(converted(lines, "FROM alpine\nCOPY got /x/\n", **MANY))
    assert "dist/${F}" not in text


def test_cp_follows_a_link_out_of_an_image_to_where_it_leads_on_the_host() -> None:
    made = "FROM alpine\nRUN mkdir -p /out && echo t > /out/t && ln -s {} /out/soft\n"
    lines = "docker cp c:/out dist\nmkdir got\ncp -p dist/soft got/\n"
    runtime = "FROM alpine\nCOPY got /x/\n"
    assert codes_of(converted(lines, runtime, **{"Dockerfile.build": made.format("/out/t")}))
    text = text_of(converted(lines, runtime, **{"Dockerfile.build": made.format("t")}))
    assert "COPY --from=builder --chown=0:0 /out/t /x/soft" in text


def test_a_folder_that_hangs_on_what_a_stage_did_is_still_a_folder() -> None:
    lines = "docker cp c:/out dist\nmv dist/lib/* .\ndocker cp c:/out/app dist/\n"
    assert "/out/app /x/dist/app" in text_of(converted(lines, "FROM alpine\nCOPY . /x/\n", **MANY))


def test_an_alias_in_a_function_is_not_one_in_that_function() -> None:
    lines = "main() {\nshopt -s expand_aliases\nalias dc=docker\ndc cp c:/out/app app || true\n}\nmain\n"
    assert codes_of(converted(lines, "FROM alpine\nCOPY app /x/\n", **MANY))
    outside = lines.replace("main() {\n", "").replace("\n}\nmain", "")
    assert "/out/app" in text_of(converted(outside, "FROM alpine\nCOPY app /x/\n", **MANY))


def test_folders_above_what_chown_gives_away_belong_to_whom_the_folder_was_copied_for() -> None:
    lines = "mkdir d\ndocker cp c:/out/app d/app\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY --chown=nobody d /opt/its/own\n", **MANY))
    assert "--chown=nobody /d /opt/its/own" in text
    assert "/opt/its/own/app" not in text


def test_a_file_is_made_below_a_folder_that_the_checkout_and_an_image_may_both_have() -> None:
    lines = "docker cp c:/out/lib conf\nmkdir conf/sub\ndocker cp c:/out/. conf\ntouch conf/sub/inside\n"
    result = converted(lines, "FROM alpine\nCOPY conf /x/\n", **MANY)
    assert "touch /host-workspace/conf/sub/inside" in text_of(result)


def test_a_file_of_the_checkout_over_one_of_an_image_keeps_the_mode_that_is_there() -> None:
    made = "FROM alpine\nRUN mkdir -p /out && echo a > /out/app && chmod 755 /out/app\n"
    lines = "docker cp c:/out dist\ncp README.md dist/app\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY dist /x/\n", **{"Dockerfile.build": made}))
    assert "cp /host-workspace/README.md /host-workspace/dist/app" in text


def test_several_things_that_are_moved_go_into_a_folder_of_the_image() -> None:
    lines = "docker cp c:/out dist\nmv dist/app README.md dist/lib\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY dist /x/\n", **MANY))
    assert "COPY README.md /host-workspace/dist/lib/" in text
    assert "/host-workspace/dist/lib/app" in text


def test_what_find_has_copied_elsewhere_is_there() -> None:
    lines = "docker cp c:/out dist\nmkdir got\nfind dist/lib -type f -exec cp {} got/ ';'\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY got /x/\n", **MANY))
    assert "find dist/lib -type f -exec cp '{}' got/ ';'" in text
    assert "COPY --from=workspace --chown=0:0 /host-workspace/got/ /x/" in text


@pytest.mark.parametrize("command", ["-exec sh -c 'cp $0 got/' {} ';'", "-execdir cp {} ../../got/ ';'"])
def test_what_find_runs_and_nobody_follows_makes_all_unknown(command: str) -> None:
    lines = f"docker cp c:/out dist\nmkdir got\nfind dist/lib -type f {command}\n"
    assert codes_of(converted(lines, "FROM alpine\nCOPY got /x/\n", **MANY))


def test_a_folder_of_the_image_goes_where_it_is_empty() -> None:
    lines = "docker cp c:/out dist\nrmdir dist/none 2>/dev/null || true\n"
    assert "rmdir /host-workspace/dist/none" in text_of(converted(lines, "FROM alpine\nCOPY dist /x/\n", **MANY))


def test_what_is_packed_of_several_origins_is_not_known() -> None:
    lines = "docker cp c:/out/lib conf\ndocker cp c:/out/. conf\ngzip -c conf/lib/b > packed\n"
    assert codes_of(converted(lines, "FROM alpine\nCOPY packed /x/\n", **MANY))


def test_a_folder_of_the_image_is_merged_with_one_of_the_checkout_below_another() -> None:
    lines = "docker cp c:/out/. src\ndocker cp c:/out/lib src\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY src /x/\n", **MANY))
    assert "one.c" in text or "COPY src" in text


@pytest.mark.parametrize(
    "line", ["cp -r dist/lib dist/lib", "cp -r dist dist/lib/inner", "cp -a dist/lib dist/lib/new"]
)
def test_a_folder_that_is_copied_into_itself_is_not_followed(line: str) -> None:
    lines = f"docker cp c:/out dist\n{line} || true\n"
    assert codes_of(converted(lines, "FROM alpine\nCOPY dist /x/\n", **MANY))


def test_a_folder_that_came_with_others_is_not_new() -> None:
    lines = "docker cp c:/out dist\nmkdir w\ncp -r dist/. w/\nmkdir -p w/lib\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY w /x/\n", **MANY))
    assert "mkdir -p /host-workspace/w/lib" in text
    assert "WORKDIR /x/lib" not in text


def test_rm_without_r_leaves_a_folder_of_the_image() -> None:
    lines = "docker cp c:/out dist\nmkdir w\ncp -r dist/. w/\nrm w/lib || true\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY w /x/\n", **MANY))
    assert "rm -f /host-workspace/w/lib\n" in text
    assert "rm -rf" not in text


@pytest.mark.parametrize("ignored", ["**/b\n!dist/lib\n", "dist/lib/b\n!dist\n"])
def test_what_builders_do_not_agree_on_is_not_converted(ignored: str) -> None:
    lines = "docker cp c:/out dist\n"
    more = {**MANY, ".dockerignore": ignored}
    assert codes_of(converted(lines, "FROM alpine\nCOPY dist/lib /x/\n", **more)) == {"MG340"}


def test_a_script_in_a_folder_of_which_nothing_is_known_is_read_as_it_was_checked_out() -> None:
    made = "FROM alpine\nRUN mkdir -p /out && echo a > /out/app && ln /out/app /out/second\n"
    mounted = 'docker run --rm -v "$PWD:/w" -w /w b sh -c "mkdir -p made && cp /out/app made/"\n'
    lines = f"{mounted}docker cp c:/out dist\ntruncate -s 1 dist/app\n. scripts/last.sh\n"
    more = {"Dockerfile.build": made, "scripts/last.sh": "docker build -t last .\n"}
    assert "MG148" in codes_of(converted(lines, "FROM alpine\nCOPY dist /x/\n", **more))


def test_a_sourced_file_of_which_the_name_is_not_known_may_build() -> None:
    lines = 'docker cp c:/out/app app\n. "scripts/$STAGE.sh"\n'
    files = {**MANY, "scripts/one.sh": "docker build -t other -f other.df .\n"}
    assert "MG150" in codes_of(converted(lines, "FROM alpine\nCOPY app /x/\n", **files))


@pytest.mark.parametrize("let_in", ["!**/*.txt", "!dist/**", "!dist/lib/b", "!*/lib/b", "!*/lib"])
def test_an_exception_that_reaches_deeper_into_a_folder_that_is_shut_out_is_not_converted(let_in: str) -> None:
    more = {**MANY, ".dockerignore": f"*\n{let_in}\n"}
    assert "MG340" in codes_of(converted("docker cp c:/out dist\n", "FROM alpine\nCOPY . /x/\n", **more))


def test_exceptions_that_name_children_of_a_folder_that_is_shut_out_leave_those() -> None:
    more = {**MANY, ".dockerignore": "*\n!dist/app\n!dist/l?b\n"}
    text = text_of(converted("docker cp c:/out dist\n", "FROM alpine\nCOPY dist /x/\n", **more))
    assert "! -name app ! -name 'l?b' -prune" in text
