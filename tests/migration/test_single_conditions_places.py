"""The same of where files go, of what arguments and options come to, and of what the messages say."""

from __future__ import annotations

import pytest

from migrator.migration.convert import convert
from migrator.migration.result import Conversion, Converted, Declined
from migrator.migration.wishes import NONE, Wishes
from migrator.project import Project

BUILDER = "FROM alpine\nRUN mkdir -p /out/lib && echo a > /out/app && echo b > /out/lib/b\n"
BUILD = "set -e\ndocker build -f Dockerfile.build -t b .\n"
START = f"{BUILD}docker create --name c b\n"
OUT = f"{START}docker cp c:/out/app app\n"
END = "docker build -t app .\n"
FOLDER = f"{START}mkdir d\ndocker cp c:/out/lib d/conf\ndocker cp c:/out/app d/app\n{END}"


def result_of(script: str, runtime: str, files: dict[str, str] | None = None, wishes: Wishes = NONE) -> Conversion:
    usual = {"Dockerfile.build": BUILDER, "Dockerfile": runtime, "conf": "x", "build.sh": script}
    return convert(Project.of({**usual, **(files or {})}), "build.sh", wishes=wishes)


def converted(script: str, runtime: str, files: dict[str, str] | None = None, wishes: Wishes = NONE) -> Converted:
    result = result_of(script, runtime, files, wishes)
    assert isinstance(result, Converted), result
    return result


def errors(result: Conversion) -> list[tuple[str, int, str]]:
    assert isinstance(result, Declined), result
    found = [one for one in result.diagnostics if one.severity == "error"]
    return [(one.code, one.span.line if one.span else 0, one.message) for one in found]


def told(result: Conversion, code: str) -> list[str]:
    return [one.message for one in result.diagnostics if one.code == code]


def lines(result: Converted, keyword: str) -> list[str]:
    return [line for line in result.dockerfile.splitlines() if line.startswith(keyword)]


# --- what is taken apart, and what is laid out first ---------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "flag", "direct"),
    [
        ("RUN true", "", True),
        ("RUN true", "--chown=nobody ", False),
        ("COPY --chown=nobody conf /c", "", False),
        ("COPY --chmod=700 conf /c", "", False),
        ("COPY conf /c", "", True),
        ("RUN chmod 700 /srv", "", False),
        ("USER nobody", "", False),
    ],
)
def test_folders_over_an_own_base_keep_what_it_gave_them(base: str, flag: str, *, direct: bool) -> None:
    script = FOLDER.replace("set -e\n", "set -e\ndocker build -f Base -t base .\n")
    result = converted(script, f"FROM base\nUSER root\nCOPY {flag}d /x/\n", {"Base": f"FROM alpine\n{base}\n"})
    assert (f"COPY --from=checkout {flag}/d /x/" in lines(result, "COPY")) is not direct
    assert ("COPY --from=b --chown=0:0 /out/lib /x/conf" in lines(result, "COPY")) is direct


@pytest.mark.parametrize(
    ("before", "direct"),
    [
        ("RUN mkdir -p /x/app", False), ("WORKDIR /x/app/", False), ("ADD conf /x/app/", False),
        ("COPY conf /x/app/", False), ("VOLUME /x/app", False), ("ENV A=/x/app", True),
        ("RUN mkdir -p /x/conf", False), ("COPY conf /x/conf/", False), ("COPY --chown=nobody conf /x/conf/", True),
    ],
)  # fmt: skip
def test_what_may_be_a_folder_already_is_laid_out_first(before: str, *, direct: bool) -> None:
    result = converted(FOLDER, f"FROM alpine\n{before}\nCOPY --chown=nobody d /x/\n")
    assert ("COPY --from=checkout --chown=nobody /d /x/" in lines(result, "COPY")) is not direct
    assert ("COPY --from=builder --chown=nobody /out/app /x/app" in lines(result, "COPY")) is direct


@pytest.mark.parametrize("place", ["/x/", "/"])
def test_a_folder_with_any_name_may_be_there(place: str) -> None:
    script = FOLDER.replace("d/conf", "d/X11")
    result = converted(script, f"FROM alpine\nRUN mkdir -p {place}X11\nCOPY --chown=nobody d {place}\n")
    assert f"COPY --from=checkout --chown=nobody /d {place}" in lines(result, "COPY")
    result = converted(script, f"FROM alpine\nRUN mkdir -p {place}Y11\nCOPY --chown=nobody d {place}\n")
    assert f"COPY --from=builder --chown=nobody /out/lib {place}X11" in lines(result, "COPY")


def test_a_folder_with_any_name_is_let_in_for_what_an_exception_names() -> None:
    script = f"{START}docker cp c:/out/lib X11\n{END}"
    result = converted(script, "FROM alpine\nCOPY X11 /x/\n", {".dockerignore": "*\n!X11/b\n"})
    assert any("! -name b -prune" in line for line in lines(result, "RUN"))


@pytest.mark.parametrize(
    ("taken", "apart"), [("/out", True), ("/out/app", True), ("/out/lib", False), ("/out/app-2", False)]
)
def test_a_mode_is_given_where_nobody_else_takes_the_file(taken: str, *, apart: bool) -> None:
    script = f"{START}docker cp c:{taken} d\ndocker run --name e b cat /out/app > app\n{END}"
    text = converted(script, "FROM alpine\nCOPY d /d\nCOPY app /x\n").dockerfile
    assert ("FROM builder AS workspace\nRUN chmod 0644 /out/app\n" in text) is apart
    assert ("COPY --from=builder --chown=0:0 /out/app /x\n" in text) is not apart


@pytest.mark.parametrize(
    ("base", "place", "direct"),
    [
        ("ghcr.io/x/y", "/srv/tool", False), ("ghcr.io/x/y", "/srv/tool.json", True), ("alpine", "/srv/tool", True),
        ("ghcr.io/x/y", "/usr/bin/tool", True), ("scratch", "/srv/tool", True), ("alpine", "/srv", False),
    ],
)  # fmt: skip
def test_a_name_that_may_be_a_folder_of_the_base_keeps_its_source(base: str, place: str, *, direct: bool) -> None:
    result = converted(f"{START}docker cp c:/out/app tool\n{END}", f"FROM {base}\nCOPY tool {place}\n")
    assert (f"COPY --from=builder --chown=0:0 /out/app {place}" in lines(result, "COPY")) is direct
    assert (f"COPY --from=checkout /tool {place}" in lines(result, "COPY")) is not direct


@pytest.mark.parametrize(("flag", "direct"), [("", True), ("--chmod=755 ", False), ("--chown=7:7 ", False)])
def test_an_empty_folder_is_made_where_it_is_as_the_copy_makes_it(flag: str, *, direct: bool) -> None:
    script = f"{START}mkdir -p d/tmp\ndocker cp c:/out/app d/app\n{END}"
    result = converted(script, f"FROM alpine\nRUN true\nCOPY {flag}d /x/\n")
    assert ("RUN mkdir -p /x/tmp" in lines(result, "RUN")) is direct


def test_a_path_of_an_image_of_others_is_looked_at_as_it_is() -> None:
    script = f"set -e\ndocker create --name c alpine\ndocker cp c:/usr/lib d\n{END}"
    assert "COPY --from=source --chown=0:0 /usr/lib/lib /x" in lines(
        converted(script, "FROM alpine\nCOPY d/lib /x\n"), "COPY"
    )


def test_what_stays_is_no_line_that_a_rule_changed() -> None:
    result = converted(OUT + END, "FROM alpine\nCOPY src/ /y/\nCOPY app /x\n", {"src/a": "x"})
    assert [
        line.rule for line in result.lines if result.dockerfile.splitlines()[line.number - 1].startswith("COPY src")
    ] == [None]


# --- archives ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ending", "flag"),
    [
        ("tar", ""), ("tar.gz", "z"), ("tgz", "z"), ("tar.bz2", "j"), ("tbz", "j"), ("tbz2", "j"), ("tar.xz", "J"),
        ("txz", "J"),
    ],
)  # fmt: skip
def test_an_archive_is_unpacked_by_its_ending(ending: str, flag: str) -> None:
    result = converted(f"{START}docker cp c:/out/a.{ending} a.{ending}\n{END}", f"FROM alpine\nADD a.{ending} /x/\n")
    place = "/host-workspace-unpacked/"
    assert f"RUN mkdir -p {place} && tar -x{flag}pf /out/a.{ending} -C {place}" in lines(result, "RUN")


def test_a_folder_with_the_name_of_an_archive_is_a_folder() -> None:
    result = converted(f"{START}docker cp c:/out/. a.tar\n{END}", "FROM alpine\nADD a.tar /x/\n")
    assert "COPY --from=builder --chown=0:0 /out/ /x/" in lines(result, "COPY")


# --- arguments and options -----------------------------------------------------------------------------------


def test_two_values_of_one_kind_are_two_arguments() -> None:
    script = f'{START}docker cp "c:/out/$(git describe)" a\ndocker cp "c:/out/$(git describe --tags)" z\n{END}'
    (target,) = converted(script, "FROM alpine\nCOPY a z /x/\n").targets
    assert '--build-arg VERSION="$(git describe)" --build-arg VERSION_2="$(git describe --tags)"' in target.command


def test_an_argument_that_only_the_later_build_was_given_is_its_own() -> None:
    script = OUT + END.replace("-t app", "--build-arg V=2 -t app")
    files = {"Dockerfile.build": "FROM alpine\nARG V=1\nRUN mkdir /out\n"}
    assert lines(converted(script, "FROM alpine\nARG V=9\nCOPY app /x\n", files), "ARG") == ["ARG V=1", "ARG V=2"]


def test_signs_of_the_shell_in_a_default_are_themselves() -> None:
    script = OUT.replace("-t b", "--build-arg 'V=a \"$ b' -t b") + END
    files = {"Dockerfile.build": "FROM alpine\nARG V\nRUN mkdir /out\n"}
    assert r'ARG V="a \"\$ b"' in lines(converted(script, "FROM alpine\nARG V\nCOPY app /x\n", files), "ARG")


def test_an_argument_of_the_environment_before_from_is_declined_where_another_build_has_it() -> None:
    script = OUT.replace("-t b", "--build-arg X=1 -t b") + END.replace("-t app", "--build-arg X -t app")
    files = {"Dockerfile.build": "ARG X=a\nFROM alpine:$X\nRUN mkdir /out\n"}
    found = errors(result_of(script, "ARG X=b\nFROM alpine:$X\nCOPY app /x\n", files))
    assert [one[:2] for one in found] == [("MG345", 5)]


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ("--platform linux/amd64", "--platform linux/arm64", ("MG312", 5, "linux/amd64, linux/arm64")),
        ("--platform linux/amd64", "", ("MG312", 5, "linux/amd64")),
        ("--network none", "", ("MG288", 2, "--network (default and none)")),
        ("--add-host a:1.2.3.4", "--add-host a:5.6.7.8", ("MG288", 5, "--add-host (a:1.2.3.4 and a:5.6.7.8)")),
        ("--ulimit nofile=1", "--ulimit nofile=2", ("MG288", 5, "--ulimit (nofile=1 and nofile=2)")),
    ],
)
def test_options_on_which_builds_do_not_agree_are_declined(
    first: str, second: str, found: tuple[str, int, str]
) -> None:
    script = OUT.replace("-t b", f"{first} -t b") + END.replace("-t app", f"{second} -t app")
    ((code, line, message),) = errors(result_of(script, "FROM alpine\nCOPY app /x\nRUN true\n"))
    assert (code, line) == found[:2]
    assert f"{found[2]})" in message or f"{found[2]}," in message


@pytest.mark.parametrize(
    ("first", "second"),
    [("--ulimit nofile=1", "--ulimit nproc=2"), ("--add-host one:1.2.3.4", "--add-host two:1.2.3.4")],
)
def test_options_about_two_things_are_both_given(first: str, second: str) -> None:
    script = OUT.replace("-t b", f"{first} -t b") + END.replace("-t app", f"{second} -t app")
    (target,) = converted(script, "FROM alpine\nCOPY app /x\n").targets
    assert target.command == f"docker build {first} {second} -t app ."


@pytest.mark.parametrize(
    "line", ["COPY --parents conf /y/", "COPY --link conf /y", "COPY --chmod=600 conf /y", "COPY --exclude=*.c conf /y"]
)
def test_flags_of_buildkit_bring_cache_mounts(line: str) -> None:
    work = "docker run --name c -v cache:/root/.cache b sh -c 'echo x > /out/app'\ndocker cp c:/out/app app\n"
    cache = "RUN --mount=type=cache,target=/root/.cache echo x > /out/app"
    assert cache in lines(converted(BUILD + work + END, f"FROM alpine\nCOPY app /x\n{line}\n"), "RUN")
    assert cache not in lines(converted(BUILD + work + END, "FROM alpine\nCOPY app /x\nCOPY conf /y\n"), "RUN")
    script = BUILD + work + END.replace("docker", "docker buildx")
    assert cache in lines(converted(script, "FROM alpine\nCOPY app /x\n"), "RUN")


# --- names and ways ------------------------------------------------------------------------------------------


def test_a_tag_that_says_nothing_is_no_part_of_the_name_of_a_stage() -> None:
    script = f"{OUT}docker build -t app:latest .\ndocker build -t app:2.0 -f Other .\n"
    result = converted(script, "FROM alpine\nCOPY app /x/app\n", {"Other": "FROM alpine\nCOPY app /y/app\n"})
    assert [stage.name for stage in result.stages] == ["builder", "app", "app-2.0"]


def test_a_way_that_makes_other_images_is_declined_whatever_the_names_are() -> None:
    names = 'if [ -n "$P" ]; then docker tag app app:2; fi\n'
    runtime = "FROM alpine\nCOPY app /x\n"
    assert told(converted(OUT + END + names, runtime), "MG346")
    other = 'if [ -n "$B" ]; then docker build -t other -f Other .; exit 0; fi\n'
    script = OUT.replace("set -e\n", f"set -e\n{other}") + END + names
    assert [one[0] for one in errors(result_of(script, runtime, {"Other": "FROM alpine\n"}))] == ["MG315"]


def test_a_name_over_a_folder_out_of_an_image_that_may_be_anything_is_declined() -> None:
    script = f'{START}docker cp c:/out/. d\ndocker cp c:/out/app "d/$X"\n{END}'
    assert [one[:2] for one in errors(result_of(script, "FROM alpine\nCOPY d /x/\n"))] == [("MG311", 5)]


def test_a_folder_that_the_ignore_file_keeps_out_is_not_made() -> None:
    script = f"{START}mkdir -p d/tmp\ndocker cp c:/out/app d/app\n{END}"
    runtime = "FROM alpine\nRUN true\nCOPY d /x/\n"
    assert "RUN mkdir -p /x/tmp" in lines(converted(script, runtime), "RUN")
    assert "/x/tmp" not in converted(script, runtime, {".dockerignore": "d/tmp\n"}).dockerfile


def test_what_lies_over_an_exported_folder_is_exported_too() -> None:
    script = f"{START}docker cp c:/out/. dist\ndocker cp c:/out/lib/b dist/more\n"
    result = converted(script, "FROM alpine\n", wishes=Wishes(export=True))
    assert lines(result, "COPY") == ["COPY --from=builder /out/ /dist", "COPY --from=builder /out/lib/b /dist/more"]


def test_the_first_written_file_of_a_conversion_is_the_dockerfile() -> None:
    result = converted(OUT + END, "FROM alpine\nCOPY app /x\n", {".dockerignore": "build.sh\n"})
    assert [(one.path, one.action) for one in result.files] == [("Dockerfile", "write")]


# --- parts of a Makefile -------------------------------------------------------------------------------------


def test_of_two_targets_the_one_that_makes_all_that_the_other_makes_is_meant() -> None:
    recipe = "".join(f"\t{line}\n" for line in (OUT + END).splitlines()[1:])
    more = "\tdocker build -t more -f Other .\n"
    files = {
        "Makefile": f"app:\n{recipe}\nall:\n{recipe}{more}", "Dockerfile.build": BUILDER,
        "Dockerfile": "FROM alpine\nCOPY app /x\n", "Other": "FROM alpine\nCOPY app /y\n",
    }  # fmt: skip
    result = convert(Project.of(files))
    assert (type(result), result.script) == (Converted, "Makefile:all")


# --- messages ------------------------------------------------------------------------------------------------


def test_what_a_second_run_makes_is_told() -> None:
    files = {"Dockerfile.build": "FROM alpine\nWORKDIR /out/lib\nRUN echo b > b\n"}
    script = f"{START}docker cp c:/out/lib lib\ndocker rm c\n{END}"
    (message,) = told(converted(script, "FROM alpine\nCOPY lib /x\n", files), "MG284")
    assert message.endswith(": docker cp finds lib there and makes lib/lib")


def test_what_a_base_does_not_carry_is_told() -> None:
    script = f"{OUT.replace('-t b', '--label v=1 -t b')}{END}"
    ((code, line, message),) = errors(result_of(script, "FROM b\nCOPY app /x/\n"))
    assert (code, line) == ("MG344", 2)
    assert " continues has labels of --label, which a stage does not pass on" in message


@pytest.mark.parametrize(("base", "named"), [("$X", []), ("alpine", ["alpine"]), ("alpine:3", [])])
def test_a_base_that_the_user_names_is_not_told_to_be_whatever_is_newest(base: str, named: list[str]) -> None:
    files = {"Dockerfile.build": BUILDER.replace("alpine", "alpine:3")}
    script = OUT + END.replace("-t app", '--build-arg "X=$X" -t app')
    found = told(converted(script, f"ARG X\nFROM {base}\nCOPY app /x\n", files), "MG285")
    assert found == [f"whatever is newest is taken for {name}, so two builds may differ" for name in named]


@pytest.mark.parametrize(("place", "landing"), [("/x", "/x"), ("/x/", "/x/app"), (".", "/w/app"), ("/w", "/w/app")])
def test_an_artifact_is_told_with_the_place_where_it_lands(place: str, landing: str) -> None:
    (artifact,) = converted(OUT + END, f"FROM alpine\nWORKDIR /w\nCOPY app {place}\n").artifacts
    assert [one.destination for one in artifact.consumers] == [landing]


def test_a_context_with_any_name_stays_the_context() -> None:
    script = f"{START}docker cp c:/out/app Xorg/app\ndocker build -t app -f Dockerfile Xorg\n"
    result = converted(script, "FROM alpine\nCOPY app /x\nCOPY a /y\n", {"Xorg/a": "x", "Dockerfile.build": BUILDER})
    assert [target.command for target in result.targets] == ["docker build -t app Xorg"]
