"""Shapes of scripts that stand in real repositories, each reduced to what makes it hard."""

from __future__ import annotations

from migrator.migration.convert import convert
from migrator.migration.result import Conversion, Converted, Declined, NotApplicable
from migrator.project import Project
from migrator.rules import legacy

BUILDER = "FROM debian\nWORKDIR /src\nCOPY . .\nRUN make\n"


def converted(texts: dict[str, str], script: str | None = "build.sh", args: tuple[str, ...] = ()) -> Converted:
    found = convert(Project.of(texts), script, args)
    assert isinstance(found, Converted), found
    return found


def codes(found: Conversion) -> list[str]:
    habits = (legacy.SECOND_RUN, legacy.BASE_FLOATING)  # what is said of nearly every script that is this short
    return [diagnostic.rule.code for diagnostic in found.diagnostics if diagnostic.rule not in habits]


def declined(texts: dict[str, str], script: str = "build.sh", args: tuple[str, ...] = ()) -> list[str]:
    """The codes of the errors with their places, for a repository that must be declined."""
    found = convert(Project.of(texts), script, args)
    assert isinstance(found, Declined), found
    return [
        f"{diagnostic.rule.code} {diagnostic.span.file}:{diagnostic.span.line}"
        for diagnostic in found.diagnostics
        if diagnostic.rule.severity == "error" and diagnostic.span is not None
    ]


def last_stage(found: Converted) -> list[str]:
    """The lines of the last stage."""
    lines = found.dockerfile.splitlines()
    start = max(number for number, line in enumerate(lines) if line.startswith("FROM "))
    return lines[start:]


# --- the checkout is mounted, a stock image builds in it -------------------------------------------------------------

MOUNTED = {
    "build.sh": '#!/bin/sh\ndocker run --rm -v "$PWD":/work -w /work maven mvn -q package\ndocker build -t app .\n',
    "Dockerfile": "FROM jre\nCOPY conf /conf\nCOPY target/app-*.jar /app.jar\n",
    "pom.xml": "",
    "conf/a.ini": "",
}


def test_all_that_a_mount_holds_comes_from_the_stage_afterwards() -> None:
    assert last_stage(converted(MOUNTED)) == [
        "FROM jre AS runtime",
        "COPY --from=builder --chown=0:0 /work/conf /conf",
        "COPY --from=builder --chown=0:0 /work/target/app-*.jar /app.jar",
    ]


def test_a_mount_inside_another_one_is_the_same_folder() -> None:
    texts = dict(MOUNTED)
    texts["build.sh"] = texts["build.sh"].replace(":/work ", ':/work -v "$PWD/target":/work/target ')
    assert last_stage(converted(texts)) == last_stage(converted(MOUNTED))


def test_a_command_that_writes_the_dockerfile_hides_it() -> None:
    texts = dict(MOUNTED)
    texts["build.sh"] = texts["build.sh"].replace("mvn -q package", "sh -c 'make && cp a Dockerfile'")
    assert declined(texts) == ["MG134 build.sh:3"]


# --- patterns over what a container gave ----------------------------------------------------------------------------

PATTERN = {
    "build.sh": "#!/bin/sh\ndocker build -t b -f Dockerfile.build .\nmkdir out\n"
    "docker cp $(docker create b):/src/lib ./out/lib\ndocker build -t app .\n",
    "Dockerfile.build": BUILDER,
    "Dockerfile": "FROM debian\nCOPY out/lib/* /usr/lib/\n",
}


def test_a_pattern_over_an_images_folder_is_the_same_pattern_in_the_image() -> None:
    assert last_stage(converted(PATTERN))[1:] == ["COPY --from=builder --chown=0:0 /src/lib/* /usr/lib/"]


def test_add_with_a_pattern_may_unpack_and_is_declined() -> None:
    assert declined({**PATTERN, "Dockerfile": "FROM debian\nADD out/lib/* /usr/lib/\n"}) == ["MG333 Dockerfile:2"]
    found = converted({**PATTERN, "Dockerfile": "FROM debian\nADD out/lib/*.jar /usr/lib/\n"})
    assert last_stage(found)[1:] == ["COPY --from=builder --chown=0:0 /src/lib/*.jar /usr/lib/"]


# --- which way through the script ------------------------------------------------------------------------------------

PLAIN = {
    "build.sh": "#!/bin/sh\ndocker build -t b -f Dockerfile.build .\ndocker create --name x b\n"
    "docker cp x:/src/app ./app\ndocker rm x\ndocker build -t app .\n",
    "Dockerfile.build": BUILDER,
    "Dockerfile": "FROM alpine\nCOPY app /\n",
}


def test_a_script_that_gives_up_outside_of_its_folder_is_run_from_there() -> None:
    guard = '[ "$0" = "./build.sh" ] || exit 1\n'
    texts = {f"docker/{path}": text.replace("docker build", guard + "docker build") for path, text in PLAIN.items()}
    found = converted(texts, "docker/build.sh")
    assert [target.command for target in found.targets] == ["docker build -t app docker"]
    assert codes(found) == ["MG331"]


def test_a_tag_that_is_one_open_value_is_an_image_of_the_script() -> None:
    texts = {**PLAIN, "build.sh": PLAIN["build.sh"].replace("-t app", '-t "$IMAGE"')}
    assert [target.command for target in converted(texts).targets] == ['docker build -t "$IMAGE" .']


MODES = """#!/bin/sh
builder() { docker build -t b -f Dockerfile.build .; }
all() {
  docker images | grep "b " || builder
  docker ps -a | grep -w x && docker rm -f x
  docker create --name x b
  docker cp x:/src/app ./app
  docker build -t app .
}
case $1 in
  builder) builder ;;
  all) all ;;
  clean) rm -f app ;;
  *) echo "usage: $0 builder|all|clean"; exit 1 ;;
esac
"""


def test_a_way_that_makes_only_a_part_is_left_out_and_said() -> None:
    found = converted({**PLAIN, "build.sh": MODES})
    assert codes(found) == ["MG334"]
    assert last_stage(found)[1:] == ["COPY --from=builder --chown=0:0 /src/app /"]


def test_with_the_argument_given_nothing_is_left_out() -> None:
    found = converted({**PLAIN, "build.sh": MODES}, args=("all",))
    assert codes(found) == []


def test_a_way_that_makes_an_image_of_its_own_is_not_left_out() -> None:
    texts = {**PLAIN, "build.sh": MODES.replace("rm -f app", "docker build -t other -f Dockerfile.other .")}
    assert declined({**texts, "Dockerfile.other": "FROM alpine\n"}) == ["MG315 build.sh:11"]


def test_a_way_that_fails_on_a_clean_checkout_is_left_out() -> None:
    script = PLAIN["build.sh"].replace("docker build -t b", 'if [ -n "$REBUILD" ]; then\ndocker build -t b')
    script = script.replace("docker rm x\n", "docker rm x\nfi\n")
    assert codes(converted({**PLAIN, "build.sh": script})) == ["MG334"]


# --- what a mount brings with it -------------------------------------------------------------------------------------


def test_a_place_that_only_a_variable_names_is_no_part_of_the_repository() -> None:
    texts = dict(MOUNTED)
    texts["build.sh"] = texts["build.sh"].replace('"$PWD"', '"$PWD"').replace("-w /work", "-v $SDK/lib:/sdk -w /work")
    assert declined(texts) == ["MG147 build.sh:2"]
    texts["build.sh"] = texts["build.sh"].replace("$SDK/lib:/sdk", "$HOME/.gitconfig:/root/.gitconfig:ro")
    assert codes(converted(texts)) == ["MG144"]


def test_the_callers_own_user_is_left_out_and_root_is_said() -> None:
    texts = dict(MOUNTED)
    texts["build.sh"] = texts["build.sh"].replace("-w /work", '-u "$(id -u):$(id -g)" -w /work')
    found = converted(texts)
    assert codes(found) == ["MG335"]
    assert found.dockerfile == converted(MOUNTED).dockerfile
    texts["build.sh"] = texts["build.sh"].replace('"$(id -u):$(id -g)"', "root")
    assert "USER root" in converted(texts).dockerfile.splitlines()


def test_a_folder_made_in_a_mounted_one_is_new() -> None:
    texts = {**MOUNTED, "Dockerfile": "FROM jre\nCOPY out/a.jar /a.jar\n"}
    texts["build.sh"] = texts["build.sh"].replace("docker build", "mkdir -p out\ncp target/a.jar out\ndocker build")
    found = converted(texts)
    assert "COPY --from=builder --chown=0:0 /work/out" not in found.dockerfile
    assert codes(found) == ["MG142", "MG316"]


def test_a_bracket_is_a_test_and_no_pattern() -> None:
    texts = dict(MOUNTED)
    texts["build.sh"] = texts["build.sh"].replace(
        "docker build", "s=$?\nif [ $s -ne 0 ]; then exit 1; fi\ndocker build"
    )
    assert codes(converted(texts)) == []


def test_commands_in_one_running_container_are_one_stages() -> None:
    script = (
        "#!/bin/sh\ndocker build -t b -f Dockerfile.build .\nmkdir -p out\n"
        'docker run -d --name x -v "$PWD/out":/out b sleep 99\n'
        "docker exec x make one\ndocker exec x make two\ndocker build -t app .\n"
    )
    found = converted({**PLAIN, "build.sh": script, "Dockerfile": "FROM alpine\nCOPY out /srv\n"})
    assert [line for line in last_stage(found) if line.startswith("COPY")] == [last_stage(found)[-1]]


def test_the_last_line_of_what_a_command_prints_stays_a_command() -> None:
    script = PLAIN["build.sh"].replace("docker build -t app", 'docker build -t "app:$(git tag | tail -n 1)"')
    found = converted({**PLAIN, "build.sh": script})
    assert "tail -n 1" in found.targets[0].command


# --- which script, from where ----------------------------------------------------------------------------------------


def test_a_script_that_only_calls_the_others_is_the_one() -> None:
    first, second = PLAIN["build.sh"].split("docker build -t app .")
    texts = {
        **PLAIN, "build.sh": "#!/bin/sh\n. ./settings\n./one.sh\n./two.sh\n", "one.sh": first,
        "two.sh": f"#!/bin/sh\ndocker build -t $NAME .\n{second}", "settings": "export NAME=app\n",
    }  # fmt: skip
    found = converted(texts, None)
    assert found.script == "build.sh"
    assert [target.command for target in found.targets] == ["docker build -t app ."]


def test_the_reason_is_the_one_of_the_folder_that_a_script_expects() -> None:
    script = "#!/bin/sh\ncd ..\ndocker build -t b -f build/Dockerfile.build .\ndocker run --privileged -v $PWD/o:/o b\n"
    script += "docker build -t app -f build/Dockerfile .\n"
    texts = {"build/build.sh": script, "build/Dockerfile.build": BUILDER + "CMD make\n", "o/x": ""}
    texts["build/Dockerfile"] = "FROM alpine\nCOPY o /\n"
    assert "MG137 build/build.sh:4" in declined(texts, "build/build.sh")


# --- empty folders ---------------------------------------------------------------------------------------------------

HOLLOW = PLAIN["build.sh"].replace("#!/bin/sh\n", "#!/bin/sh\nmkdir -p out/a out/b\n")


def test_an_empty_folder_made_before_the_first_build_is_made_in_the_stage() -> None:
    found = converted({**PLAIN, "build.sh": HOLLOW})
    assert found.dockerfile.splitlines()[2:5] == ["COPY . .", "RUN mkdir -p out/a out/b", "RUN make"]
    ignored = {**PLAIN, "build.sh": HOLLOW, ".dockerignore": "out\n"}
    assert "mkdir" not in converted(ignored).dockerfile


def test_where_there_is_no_shell_a_stage_of_workdirs_holds_the_empty_folders() -> None:
    found = converted({**PLAIN, "build.sh": HOLLOW, "Dockerfile.build": BUILDER.replace("make", '["make"]')})
    assert found.dockerfile.splitlines()[:5] == [
        "FROM scratch AS checkout", "COPY . /", "WORKDIR /out/a", "WORKDIR /out/b", "",
    ]  # fmt: skip


# --- text with values in it ------------------------------------------------------------------------------------------


def test_a_trap_whose_text_holds_an_id_is_read() -> None:
    script = PLAIN["build.sh"].replace("docker create --name x b", 'x=$(docker create b)\ntrap "docker rm -f $x" EXIT')
    assert codes(converted({**PLAIN, "build.sh": script.replace("docker cp x:", "docker cp $x:")})) == []


def test_options_that_nobody_gives_are_not_there() -> None:
    head = 'set -u\nn=""\nwhile getopts "nt:" o; do\ncase $o in n) n=--no-cache ;; t) tag=$OPTARG ;; esac\ndone\n'
    head += "shift $((OPTIND - 1))\n"
    script = PLAIN["build.sh"].replace("#!/bin/sh\n", f"#!/bin/sh\n{head}").replace("-t app", "$n -t app:${tag:-1}")
    found = converted({**PLAIN, "build.sh": script})
    assert codes(found) == ["MG330"]
    assert [target.command for target in found.targets] == ['docker build -t "app:${tag:-1}" .']


def test_a_dockerfile_copied_beside_what_a_mount_gave_is_read() -> None:
    script = (
        "#!/bin/sh\ndocker build -t b -f Dockerfile.build .\n"
        'docker run --rm -v "$PWD/ctx:/out" b sh -c "cp -r bin /out/"\n'
        "cp Dockerfile ctx/Dockerfile\ndocker build -t app ctx\n"
    )
    found = converted({**PLAIN, "build.sh": script, "Dockerfile": "FROM alpine\nCOPY bin /srv\n"})
    assert codes(found) == ["MG142"]
    assert last_stage(found)[1:] == ["COPY --from=builder --chown=0:0 /out/bin /srv"]


# --- archives and other repositories ---------------------------------------------------------------------------------


def test_a_named_member_of_an_archive_is_taken_out_of_it() -> None:
    script = PLAIN["build.sh"].replace("./app\n", "- > app.tar\ntar xf app.tar app\nrm app.tar\n")
    assert last_stage(converted({**PLAIN, "build.sh": script}))[1:] == last_stage(converted(PLAIN))[1:]


def test_a_checkout_of_another_repository_stays_unknown_whatever_is_put_into_it() -> None:
    script = "#!/bin/sh\ngit clone https://example.com/x.git x\ncd x\n" + PLAIN["build.sh"]
    assert declined({**PLAIN, "build.sh": script}) == ["MG132 build.sh:2"]


def test_a_dockerfile_that_takes_in_what_came_out_and_that_nobody_builds_is_named() -> None:
    script = PLAIN["build.sh"].replace("docker build -t app .\n", "")
    assert declined({**PLAIN, "build.sh": script}) == ["MG348 build.sh:4"]
    found = convert(Project.of({**PLAIN, "build.sh": script, "Dockerfile": "FROM alpine\nCOPY other /\n"}), "build.sh")
    assert isinstance(found, NotApplicable)


def test_the_ignore_file_holds_for_what_a_mount_gave_too() -> None:
    texts = {**MOUNTED, "Dockerfile": "FROM jre\nCOPY . /app\n", ".dockerignore": "*.log\nconf\n", "a.log": ""}
    found = converted(texts)
    swept = [line for line in found.dockerfile.splitlines() if "*.log" in line and "conf" in line]
    assert len(swept) == 1
    assert not any("/work/ /app" in line for line in last_stage(found))
