"""What random repositories showed to be wrong once, each by hand and as small as it gets."""

from __future__ import annotations

import posixpath

import pytest

from migrator.migration.convert import convert
from migrator.migration.result import Conversion, Converted, Declined
from migrator.project import Project

BUILDER = "FROM alpine\nRUN mkdir -p /out/lib && echo a > /out/app && echo b > /out/lib/b && chmod 700 /out/lib\n"
FILES = {
    "Dockerfile.build": BUILDER,
    "VERSION": "1\n",
    "README.md": "text\n",
    "conf/app.conf": "port\n",
    "src/lib/one.c": "int one;\n",
}
START = "set -e\ndocker build -f Dockerfile.build -t b .\ndocker create --name c b\n"


def converted(lines: str, runtime: str, **more: str) -> Conversion:
    script = f"{START}{lines}docker build -t app .\n"
    return convert(Project.of({**FILES, "Dockerfile": runtime, "build.sh": script, **more}), "build.sh")


def text_of(result: Conversion) -> str:
    assert isinstance(result, Converted), result
    return result.dockerfile


def codes_of(result: Conversion) -> set[str]:
    assert isinstance(result, Declined), result
    return {item.code for item in result.diagnostics}


def test_a_file_that_is_written_over_keeps_its_mode_under_any_umask() -> None:
    lines = "umask 077\ndocker run --rm b cat /out/app > VERSION\n"
    assert "chmod 0644 /out/app" in text_of(converted(lines, "FROM alpine\nCOPY VERSION /\n"))


def test_a_new_file_has_what_the_umask_leaves() -> None:
    lines = "umask 077\ndocker run --rm b cat /out/app > new\n"
    assert "chmod 0600 /out/app" in text_of(converted(lines, "FROM alpine\nCOPY new /\n"))


def test_a_copy_on_the_host_is_under_the_umask_of_the_script() -> None:
    lines = "docker cp c:/out/app app\numask 077\nmkdir d\ncp app d/\n"
    assert "umask 0077 && " in text_of(converted(lines, "FROM alpine\nCOPY d/app /\n"))


def test_a_folder_that_a_move_empties_is_still_a_folder() -> None:
    lines = "docker cp c:/out/app app\nmv src/lib/one.c one.c\n"
    assert "WORKDIR /src/lib\n" in text_of(converted(lines, "FROM alpine\nCOPY . /x/\n"))


def test_a_name_of_its_own_that_hangs_on_a_variable_is_not_taken_for_an_image_of_others() -> None:
    script = (
        f"{START}OTHER=${{OTHER:-b}}\ndocker run --name w $OTHER touch /x\ndocker cp w:/x x\ndocker build -t app .\n"
    )
    project = Project.of({**FILES, "Dockerfile": "FROM alpine\nCOPY x /\n", "build.sh": script})
    assert codes_of(convert(project, "build.sh")) == {"MG311"}


def test_an_image_of_others_that_hangs_on_a_variable_is_an_argument_in_front() -> None:
    script = (
        "IMAGE=${IMAGE:-golang:1.13}\ndocker run --name w $IMAGE touch /x\ndocker cp w:/x x\ndocker build -t app .\n"
    )
    project = Project.of({"Dockerfile": "FROM alpine\nCOPY x /\n", "build.sh": script})
    text = text_of(convert(project, "build.sh"))
    assert text.startswith("ARG IMAGE=golang:1.13\n")
    assert "FROM ${IMAGE} AS " in text


def test_what_the_ignore_file_keeps_out_is_not_named() -> None:
    lines = "docker cp c:/out/app app\nrm README.md\n"
    ignore = {".dockerignore": "build.sh\nDockerfile*\n"}
    text = text_of(converted(lines, "FROM alpine\nCOPY . /x/\n", **ignore))
    assert "build.sh" not in text
    assert "Dockerfile" not in text
    assert "VERSION" in text


def test_a_private_folder_keeps_its_mode_on_a_laid_out_tree() -> None:
    lines = "docker cp c:/out/lib conf\nmv src/lib/one.c one.c\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY . /x/\n"))
    assert "cp -a /out/lib /host-workspace-nested/lib" in text
    assert "/host-workspace-nested/ /conf" in text


def test_what_a_command_printed_does_not_lie_on_a_laid_out_tree() -> None:
    lines = "docker run --rm b ls / > VERSION\nmv src/lib/one.c one.c\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY . /x/\n"))
    assert "> /host-workspace-output/file" in text


def test_files_of_the_host_are_made_by_root_in_a_stage_of_another_user() -> None:
    builder = {"Dockerfile.build": f"{BUILDER}USER 1000\n"}
    lines = "docker cp c:/out/app app\necho x > note\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY note app /x/\n", **builder))
    assert text.index("FROM alpine AS generated") < text.index("printf") < text.index("USER 1000")


def test_files_of_the_host_are_not_made_on_a_base_whose_user_is_not_root() -> None:
    builder = {"Dockerfile.build": BUILDER.replace("RUN", "USER root\nRUN", 1) + "USER 1000\n"}
    lines = "docker cp c:/out/app app\necho x > note\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY note app /x/\n", **builder))
    assert "AS generated" not in text
    assert text.rindex("USER root") < text.index("printf")


def test_add_leaves_the_owners_of_an_archive_whatever_its_chown_says() -> None:
    lines = "docker cp c:/out/app app\ntar -czf app.tar.gz app\n"
    text = text_of(converted(lines, "FROM alpine\nWORKDIR /x\nADD --chown=7:7 app.tar.gz .\n"))
    assert "COPY --from=builder --chown=0:0 /out/app app" in text


def test_a_folder_that_add_makes_for_an_archive_is_given_to_its_chown_and_so_declined() -> None:
    lines = "docker cp c:/out/app app\ntar -czf app.tar.gz app\n"
    assert codes_of(converted(lines, "FROM alpine\nADD --chown=7:7 app.tar.gz /x/\n")) == {"MG308"}


def test_a_second_copy_of_a_folder_lands_inside_the_first() -> None:
    lines = "docker cp c:/out/lib lib\ndocker cp c:/out/lib lib\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY lib /x/\n"))
    assert text.count("COPY --from=") == 2
    assert "/host-workspace-nested/ /x/" in text


def test_a_folder_that_is_unpacked_onto_another_is_merged_with_it() -> None:
    lines = "docker cp c:/out/lib conf\ndocker run --rm b tar c -C / out | tar x\nmv out/lib/b conf/lib/\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY conf /x/\n"))
    assert "cp -a /out/lib /host-workspace-nested/lib" in text
    assert "COPY --from=builder --chown=0:0 /out/lib/b /x/lib/b" in text


def test_a_copy_that_drops_the_set_uid_bit_is_not_left_to_another_cp() -> None:
    builder = {"Dockerfile.build": "FROM alpine\nRUN echo t > /tool && chmod 4755 /tool && echo n > /note\n"}
    assert "chmod ug-s /host-workspace/u" in text_of(
        converted("docker cp c:/tool t\ncp t u\n", "FROM alpine\nCOPY u /\n", **builder)
    )
    assert "COPY" in text_of(converted("docker cp c:/note t\ncp t u\n", "FROM alpine\nCOPY u /\n", **builder))


def test_a_folder_that_may_be_there_with_another_owner_is_copied_as_a_part() -> None:
    lines = "mkdir files\ndocker cp c:/out/lib files\n"
    builder = {"Dockerfile.build": BUILDER.replace(" && chmod 700 /out/lib", "")}
    runtime = "FROM alpine\nCOPY --chown=7:7 conf /lib\nCOPY files /\n"
    text = text_of(converted(lines, runtime, **builder))
    assert "COPY --from=checkout /files /" in text


def test_a_folder_that_the_ignore_file_keeps_out_is_not_there_when_it_is_empty() -> None:
    lines = "docker cp c:/out/app conf/app\nmkdir kept-out\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY . /x/\n", **{".dockerignore": "*\n!conf\n!src\n"}))
    assert "kept-out" not in text


def test_a_pattern_takes_a_folder_of_which_the_ignore_file_lets_a_part_in() -> None:
    lines = "docker cp c:/out/app app\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY * /x/\n", **{".dockerignore": "conf\n!conf/app.conf\n"}))
    assert " conf " in text


def test_a_text_written_into_a_folder_of_the_image_is_written_in_a_stage() -> None:
    lines = "docker cp c:/out dist\necho 1 > dist/version\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY dist /x/\n"))
    assert "printf '1\\n' > /host-workspace/dist/version" in text


def test_a_file_that_would_meet_a_folder_of_its_name_is_copied_as_a_part() -> None:
    lines = "mkdir got\ndocker cp c:/out/app got/app\n"
    runtime = "FROM alpine\nRUN mkdir -p /app/conf\nCOPY got /\n"
    assert "COPY --from=checkout /got /" in text_of(converted(lines, runtime))


def test_a_mounted_folder_has_the_mode_of_the_host() -> None:
    lines = 'mkdir vol\ndocker run --rm -v "$PWD/vol:/out/lib" b touch /out/lib/x\n'
    text = text_of(converted(lines, "FROM alpine\nCOPY . /x/\n"))
    assert "host-workspace-nested" not in text


def test_a_folder_that_lost_a_file_is_not_copied_whole() -> None:
    lines = "docker cp c:/out/app app\nmv src/lib/one.c one.c\n"
    more = {"src/main.c": "int main;\n", "src/lib/two.c": "int two;\n"}
    text = text_of(converted(lines, "FROM alpine\nCOPY . /x/\n", **more))
    assert "COPY src/main.c /x/src/\n" in text
    assert "COPY src/lib/two.c /x/src/lib/\n" in text
    assert "COPY src " not in text


def test_a_copy_on_the_host_into_what_the_ignore_file_keeps_out_is_kept_out() -> None:
    ignore = {".dockerignore": "dist\n"}
    for copied in ("conf/. dist/", "conf dist/", "conf/app.conf dist/"):
        lines = f"docker cp c:/out/app app\nmkdir dist\ncp -R {copied}\n"
        text = text_of(converted(lines, "FROM alpine\nCOPY . /x/\n", **ignore))
        assert text.endswith("COPY . /x/\nCOPY --from=builder --chown=0:0 /out/app /x/app\n")


def test_a_copy_on_the_host_is_under_the_rules_of_its_place_and_not_of_its_source() -> None:
    lines = "docker cp c:/out/app app\ncp -R conf dist\n"
    more = {"conf/db.conf": "host\n", ".dockerignore": "dist/db.conf\n"}
    text = text_of(converted(lines, "FROM alpine\nCOPY app /\nCOPY dist /x/\n", **more))
    assert "COPY app.conf /x/\n" in text  # conf is the context now
    assert "COPY . " not in text


def test_a_file_that_is_touched_in_a_folder_of_the_image_is_not_lost() -> None:
    text = text_of(converted("docker cp c:/out dist\ntouch dist/.keep\n", "FROM alpine\nCOPY dist /x/\n"))
    assert "touch /host-workspace/dist/.keep" in text


def test_what_is_taken_out_of_a_folder_is_not_laid_over_another() -> None:
    lines = "docker cp c:/out dist\nmv dist/lib lib\ncp -a dist/. conf/\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY conf /x/\n"))
    assert "rm -rf /host-workspace/conf/lib" in text


def test_a_name_that_is_taken_out_of_what_is_laid_over_stays_what_it_was() -> None:
    lines = "docker cp c:/out/. dist\nmv dist/app.conf one.conf\ncp -a dist/. conf/\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY conf /x/\n"))
    assert text.index("COPY --from=builder --chown=0:0 /out/ /x/") < text.rindex("COPY conf /x/")


def test_cp_without_r_follows_a_link_whether_or_not_it_keeps_modes() -> None:
    builder = {"Dockerfile.build": "FROM alpine\nRUN mkdir -p /out && echo t > /out/t && ln -s t /out/soft\n"}
    lines = "docker cp c:/out dist\nmkdir got\ncp -p dist/soft got/\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY got /x/\n", **builder))
    assert "COPY --from=builder --chown=0:0 /out/t /x/soft" in text


def test_a_folder_that_two_builds_take_is_laid_out_once_and_two_folders_apart() -> None:
    builder = {"Dockerfile.build": "FROM alpine\nRUN mkdir -p /out/a /out/b && chmod 700 /out/*\n"}
    lines = "docker cp c:/out dist\nmkdir -p one two\ncp -r dist/a one/\ncp -r dist/b two/\n"
    lines += "docker build -f two.df -t two .\n"
    more = {"two.df": "FROM alpine\nCOPY one /x/\nCOPY two /y/\n", **builder}
    text = text_of(converted(lines, "FROM alpine\nCOPY one /x/\nCOPY two /y/\n", **more))
    assert text.count("cp -a /host-workspace/one/a ") == text.count("cp -a /host-workspace/two/b ") == 1
    for number in ("one-a/ /x/", "two-b/ /y/"):
        assert text.count(f"/host-workspace-nested/{number}\n") == 2


def test_what_another_user_prints_goes_to_a_folder_that_it_may_write() -> None:
    builder = {"Dockerfile.build": f"{BUILDER}USER nobody\n"}
    text = text_of(converted("docker run --rm b echo one > got\n", "FROM alpine\nCOPY got /\n", **builder))
    assert "USER root\nRUN mkdir -p -m 777 /host-workspace-output\nUSER nobody\nRUN echo one > " in text


def test_a_folder_of_the_image_that_is_copied_twice_is_still_a_folder() -> None:
    lines = "mkdir got\ndocker cp c:/out got/\ndocker cp c:/out got/\nrm -rf got/out/app\n"
    assert "rm -rf /host-workspace/got/out/app" in text_of(converted(lines, "FROM alpine\nCOPY got /x/\n"))


def test_a_name_with_a_variable_is_also_the_one_that_it_has_by_default() -> None:
    lines = "docker cp c:/out/app app\nNAME=${NAME:-app:1}\ndocker build -t $NAME .\ndocker tag app:1 release:1\n"
    script = f"{START}{lines}"
    project = Project.of({**FILES, "Dockerfile": "FROM alpine\nCOPY app /\n", "build.sh": script})
    result = convert(project, "build.sh")
    assert isinstance(result, Converted)
    assert result.targets[0].tags == ("${NAME:-app:1}", "release:1")


def test_a_folder_with_nothing_in_it_that_is_let_in_is_there() -> None:
    lines = "docker cp c:/out/app app\nmv conf stuff\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY . /x/\n", **{".dockerignore": "**/*.c\n"}))
    assert "COPY src /x/src" in text


def test_a_link_that_is_the_source_of_a_copy_is_followed_on_a_laid_out_tree() -> None:
    builder = {"Dockerfile.build": "FROM alpine\nRUN mkdir -p /out/l && echo t > /out/l/t && ln -s t /out/l/soft\n"}
    lines = "mkdir files\ndocker cp c:/out/l files/\necho one > answer\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY answer files/l/soft /x/\n", **builder))
    assert "cp -a /out/l/soft" not in text


def test_a_set_uid_bit_that_lies_in_a_folder_is_not_taken_along_by_cp_either() -> None:
    builder = {"Dockerfile.build": "FROM alpine\nRUN echo t > /tool && chmod 4755 /tool\n"}
    lines = 'mkdir vol\ndocker run --rm -v "$PWD/vol:/mnt" b cp /tool /mnt/\ncp -r vol src/lib/\n'
    assert codes_of(converted(lines, "FROM alpine\nCOPY src /x/\n", **builder)) == {"MG304"}


def test_a_folder_that_two_instructions_take_without_what_is_ignored_is_laid_out_once() -> None:
    builder = {"Dockerfile.build": "FROM alpine\nRUN mkdir -p /out/a /out/b && chmod 700 /out/*\n"}
    lines = "mkdir -p one two\ndocker cp c:/out/a one/\ndocker cp c:/out/b two/\ncp -rp one conf/\n"
    more = {".dockerignore": "**/css\n", **builder}
    text = text_of(converted(lines, "FROM alpine\nCOPY one /x/\nCOPY conf /y/\nCOPY two /z/\n", **more))
    assert text.count("cp -a /out/a ") == text.count("cp -a /out/b ") == 1
    assert all(text.count(line) == 1 for line in text.splitlines() if line.startswith("RUN "))


def test_a_pattern_over_what_the_ignore_file_keeps_out_is_declined() -> None:
    lines = "docker cp c:/out/app app\ndocker cp c:/out/. deep\n"
    found = converted(lines, "FROM alpine\nCOPY app /\nCOPY deep/a* /x/\n", **{".dockerignore": "deep\n"})
    assert codes_of(found) == {"MG307"}


def test_a_folder_that_comes_over_one_of_its_name_is_merged_with_it() -> None:
    builder = {"Dockerfile.build": "FROM alpine\nRUN mkdir -p /out/lib /src/lib && touch /out/lib/a /src/lib/b\n"}
    lines = "docker cp c:/out/. dist\ndocker cp c:/src/lib dist/\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY dist /x/\n", **builder))
    assert "/out/ /x/\nCOPY --from=builder --chown=0:0 /src/lib/ /x/lib" in text


def test_a_loop_over_names_of_an_image_is_not_passed_over() -> None:
    for test in ("[ -f $f ] && cp $f got/ || true", "if [ -f $f ]; then cp $f got/; fi"):
        lines = f"docker cp c:/out/. conf/\nmkdir got\nfor f in conf/*.conf; do\n  {test}\ndone\n"
        assert codes_of(converted(lines, "FROM alpine\nCOPY got /x/\n")) == {"MG315"}


def test_what_is_copied_over_something_unknown_leaves_it_unknown() -> None:
    lines = "umask 027\nmkdir got\ndocker cp c:/out/lib lib\ncp -r conf got/lib\ncp -a lib got/\n"
    assert codes_of(converted(lines, "FROM alpine\nCOPY got /x/\n")) == {"MG304"}


def test_a_folder_that_cp_copies_a_second_time_is_merged_with_the_first() -> None:
    lines = "mkdir got\ndocker cp c:/out dist\ncp -r dist got/\ncp -r dist got/\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY got /x/\n"))
    assert "cp -r /host-workspace/dist /host-workspace/got/dist\n" in text
    assert "cp -rf /host-workspace/dist /host-workspace/got/\n" in text  # busybox's cp meets links with -f alone


def test_a_file_whose_name_hangs_on_a_variable_may_be_there() -> None:
    lines = "docker cp c:/out/app app\nif [ -f conf/$KIND.conf ]; then cp conf/app.conf app; fi\n"
    assert codes_of(converted(lines, "FROM alpine\nCOPY app /x/\n")) == {"MG315"}


def test_a_mounted_folder_keeps_the_mode_that_the_script_gave_it() -> None:
    lines = 'mkdir -m 700 vol\ndocker run --rm -v "$PWD/vol:/mnt" b touch /mnt/x\n'
    text = text_of(converted(lines, "FROM alpine\nCOPY . /x/\n"))
    assert "chmod 0700 /host-workspace/vol\n" in text


def test_an_archive_under_another_name_is_unpacked_by_add_as_well() -> None:
    text = text_of(converted("docker cp c:/out/pkg.tar.gz got\n", "FROM alpine\nADD got /x/\n"))
    assert "tar -xzpf /out/pkg.tar.gz" in text


def test_a_mode_without_a_letter_is_under_the_umask_of_the_script() -> None:
    lines = "umask 027\ndocker cp c:/out/app app\nchmod +x app\n"
    assert codes_of(converted(lines, "FROM alpine\nCOPY app /x/\n")) == {"MG304"}


def test_hard_links_stop_what_writes_through_them_and_nothing_else() -> None:
    builder = {"Dockerfile.build": BUILDER + "RUN ln /out/app /out/second\n"}
    runtime = "FROM alpine\nCOPY out /x/\nCOPY more /y/\n"
    reads = text_of(converted("docker cp c:/out out\nmkdir -p more\ncp -a out/lib more/\n", runtime, **builder))
    assert "/out/lib " in reads
    assert "/y/" in reads.rpartition("/out/lib ")[2]
    appending = ("echo x >> out/app", "echo x | tee out/app")
    for line in ("chmod 600 out/app", "cp VERSION out/app", "cp VERSION out/", *appending):
        found = converted(f"docker cp c:/out out\nmkdir -p more\n{line}\n", runtime, **builder)
        assert codes_of(found), line


def test_a_pattern_does_not_find_again_what_the_script_moved_away() -> None:
    lines = "docker cp c:/out/app app\nmv conf/a.conf other\n"
    more = {"conf/a.conf": "a\n", "conf/b.conf": "b\n"}
    text = text_of(converted(lines, "FROM alpine\nCOPY conf/*.conf /x/\nCOPY app /app\n", **more))
    assert "b.conf /x/" in text
    assert not {"a.conf", "*"} & set(text.partition("AS runtime")[2].replace("/", " ").split())


def test_an_exception_for_one_copy_lets_nothing_into_another() -> None:
    lines = "docker cp c:/out/app src/app\ncp VERSION src/version\n"
    more = {".dockerignore": "*\n!src\n!conf\n"}
    text = text_of(converted(lines, "FROM alpine\nCOPY . /x/\n", **more))
    assert "COPY VERSION " in text
    assert "COPY . " not in text


def test_what_was_taken_away_below_a_folder_of_an_image_stays_away() -> None:
    builder = {"Dockerfile.build": "FROM alpine\nRUN mkdir -p /out/lib && echo b > /out/lib/b\n"}
    lines = "docker cp c:/out/ conf\nmv conf/out/lib/b deploy-b\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY conf/out ./\n", **builder))
    assert "rm -rf" in text
    assert "lib/b" in text.partition("rm -rf")[2].partition("\n")[0]


def test_a_stage_is_not_trusted_with_links_that_only_the_host_has_whole() -> None:
    linked = {"Dockerfile.build": BUILDER + "RUN ln /out/app /out/second\n"}
    runtime = "FROM alpine\nCOPY ex /x/\n"
    found = converted("mkdir -p ex\ndocker export c | tar x -C ex out/second\n", runtime, **linked)
    assert codes_of(found)
    soft = {"Dockerfile.build": BUILDER + "RUN ln -s app /out/soft\n"}
    found = converted("docker cp -L c:/out out\nmkdir -p ex\ncp -r out/soft ex/\ncp out/app ex/\n", runtime, **soft)
    assert codes_of(found)


def test_a_set_uid_bit_is_not_left_to_the_sed_of_a_stage() -> None:
    builder = {"Dockerfile.build": BUILDER + "RUN chmod 4755 /out/app\n"}
    found = converted("docker cp c:/out/app app\nsed -i '$d' app\n", "FROM alpine\nCOPY app /app\n", **builder)
    assert codes_of(found)


def test_an_image_s_folder_in_place_of_one_of_the_checkout_leaves_nothing_of_it() -> None:
    lines = "mv src old\ndocker cp c:/out src\necho x > note\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY . /x/\n"))
    assert "COPY . " not in text
    assert "/out " in text


def test_a_change_under_one_name_of_a_file_is_one_under_the_other_that_ln_gave_it() -> None:
    runtime = "FROM alpine\nCOPY app /app\n"
    for change in ("chmod g+w second", "echo more >> second", "strip second", "cp README.md second"):
        assert codes_of(converted(f"docker cp c:/out/app app\nln app second\n{change}\n", runtime)), change
    moved = "docker cp c:/out/app app\nln app second\nmv second third\nchmod g+w third\n"
    assert codes_of(converted(moved, runtime))
    assert " /out/app /app" in text_of(converted("docker cp c:/out/app app\nln app second\n", runtime))


def test_a_set_uid_bit_that_a_container_took_along_is_not_left_to_the_cp_of_a_stage() -> None:
    builder = {"Dockerfile.build": BUILDER + "RUN chmod 4755 /out/app\n"}
    runtime = "FROM alpine\nCOPY conf/app /app\n"
    for brought in ("-w /mnt b cp /out/app .", "b cp -a /out/app /mnt/", "b sh -c 'cd /mnt && cp /out/app app'"):
        lines = f"mkdir m\ndocker run --rm -v $PWD/m:/mnt {brought}\ncp -f m/app conf/\n"
        found = converted(lines, runtime, **builder)
        assert isinstance(found, Declined) or "chmod ug-s" in found.dockerfile, (brought, found)


def test_a_pattern_finds_nothing_that_the_new_ignore_file_lets_in() -> None:
    more = {
        ".dockerignore": "*\n!src\n!app\n",
        "static/x": "x\n",
        "other/Dockerfile": "FROM alpine\nCOPY . /y\n",
        "other/z": "z\n",
    }
    lines = "docker cp c:/out/app app\ndocker build -t other other\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY s* /x/\nCOPY app /\n", **more))
    assert "COPY s* " not in text
    assert "static" not in text


def test_a_file_that_the_ignore_file_names_stays_out_whatever_is_let_in_elsewhere() -> None:
    more = {".dockerignore": "**/*.txt\n!**/d.txt\n", "Dockerfile.build": BUILDER + "RUN echo > /out/two.txt\n"}
    lines = "docker cp c:/out/two.txt .\ncp two.txt conf/\ncp two.txt conf/d.txt\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY conf/ /x/\n", **more))
    assert "/x/two.txt" not in text
    assert "/x/d.txt" in text


def test_a_path_of_the_user_s_lands_under_its_last_part() -> None:
    start = f"P=${{P:-out/lib/app}}\n{START}mkdir -p dist\ndocker cp c:$P dist/\n"
    for copy in ("COPY dist /x/", "COPY dist/ /x/\nCOPY dist/* /y/"):
        files = {**FILES, "Dockerfile": f"FROM alpine\n{copy}\n", "build.sh": f"{start}docker build -t app .\n"}
        presumed = convert(Project.of(files), "build.sh")
        assert "MG190" in {item.code for item in presumed.diagnostics}
        for told in (presumed, convert(Project.of(files), "build.sh", env={"P": "out/lib/app"})):
            places = [line.split()[-1] for line in text_of(told).splitlines() if "/out/lib/app " in line]
            assert places, text_of(told)
            assert {posixpath.basename(place) for place in places} <= {"app", ""}  # "": behind a slash


def test_a_file_goes_into_a_folder_of_the_container_under_its_own_name() -> None:
    copies = "docker cp note c:/tmp\ndocker cp note c:/out/lib\ndocker cp README.md c:/etc\n"
    lines = f"echo x > note\n{copies}docker cp c:/out out\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY out /x/\n"))
    assert "> /tmp/note" in text
    assert "> /out/lib/note" in text
    assert "COPY README.md /etc/README.md" in text


def test_a_mode_is_not_changed_where_a_pattern_finds_the_same_file() -> None:
    builder = {"Dockerfile.build": BUILDER + "RUN chmod 600 /out/app\n"}
    lines = "docker cp c:/out out\ndocker run --rm b cat /out/app > app\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY app /\nCOPY out/a* /x/\n", **builder))
    stage, _, rest = text.partition("FROM builder AS")
    assert "chmod 0644" not in stage
    assert "chmod 0644" in rest
    assert "COPY --from=builder --chown=0:0 /out/a* /x/" in rest


def test_no_work_of_the_host_is_put_into_an_image_without_a_shell() -> None:
    bare = {"Dockerfile.build": "FROM scratch\nCOPY VERSION /app\n"}
    runtime = "FROM scratch\nCOPY app note* /\n"
    for lines in ("docker cp c:/app app\necho hi > note\n", "docker cp c:/app app\nchmod 700 app\n"):
        assert codes_of(converted(lines, runtime, **bare)) >= {"MG318"}
    assert " /app /" in text_of(converted("docker cp c:/app app\n", "FROM scratch\nCOPY app /\n", **bare))


def test_a_pattern_is_copied_over_the_links_that_it_brought_before() -> None:
    lines = "docker cp c:/out out\nmkdir -p d\ncp -r out/* d/\ncp -r out/* d/\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY d /x/\n"))
    assert ("cp -r " in text, "cp -rf " in text) == (True, True)


def test_a_command_of_a_container_is_its_user_s_in_a_stage_that_continues_another() -> None:
    builder = {"Dockerfile.build": BUILDER + "USER nobody\n"}
    lines = (
        "docker create --name w b sh -c 'id -u > /tmp/who'\ndocker cp VERSION w:/tmp/\n"
        "docker start -a w\ndocker cp w:/tmp/who who\n"
    )
    text = text_of(converted(lines, "FROM b\nCOPY who /x/\n", **builder))
    assert text.index("COPY VERSION /tmp/VERSION") < text.rindex("USER nobody\n") < text.index("RUN id -u")


def test_a_variable_of_one_command_in_a_container_is_not_given_to_the_next_stage() -> None:
    lines = (
        "docker run -d --name w b sleep 9\ndocker exec -e A=1 w sh -c 'echo $A > /one'\ndocker cp w:/one one\n"
        "docker exec w sh -c 'echo x$A > /two'\ndocker cp w:/two two\n"
    )
    text = text_of(converted(lines, "FROM b\nCOPY one two /x/\n"))
    assert "ENV A=" not in text
    assert "RUN export A=1 && echo $A > /one" in text


def test_a_move_puts_nothing_in_the_place_of_a_folder_in_which_there_is_something() -> None:
    lines = "mkdir -p d\ndocker cp c:/out/lib d/conf\nmv d/conf . || true\n"
    text = text_of(converted(lines + "docker cp c:/out/app app\n", "FROM alpine\nCOPY conf app /x/\n"))
    assert "COPY conf " in text
    assert "/out/lib" not in text.partition("AS runtime")[2]


def test_a_destination_in_front_of_what_is_copied_is_said_behind_it_in_a_stage() -> None:
    for line in ("cp -t d app", "cp --target-directory=d app", "cp -vt d app", "cp -t d -f app"):
        text = text_of(converted(f"docker cp c:/out/app app\nmkdir d\n{line}\n", "FROM alpine\nCOPY d /x/\n"))
        assert "t /host-workspace" not in text
        assert "/host-workspace/app /host-workspace/d/app\n" in text


def test_what_a_here_document_of_a_recipe_does_is_known_like_any_command() -> None:
    made = "mkdir -p /out/lib && echo a > /out/app"
    for command, lines in (
        ("chmod 775 /out/lib", "mkdir e\ndocker export c | tar x -C e out/lib\nmkdir -p f\ncp -r e/out f/\n"),
        ("chmod 4755 /out/app", "docker cp c:/out/app app\nsed -i '$d' app\n"),
        ("ln /out/app /out/second", "docker cp c:/out out\nchmod 600 out/app\n"),
    ):
        runtime = "FROM alpine\nCOPY *f* *out* *app* /x/\n"
        plain = converted(lines, runtime, **{"Dockerfile.build": f"FROM alpine\nRUN {made} && {command}\n"})
        document = f"FROM alpine\nRUN <<MAKE\n{made}\n{command}\nMAKE\n"
        said = converted(lines, runtime, **{"Dockerfile.build": document})
        assert codes_of(plain) <= codes_of(said), command


def test_the_last_word_of_the_command_before_is_not_taken_for_nothing() -> None:
    lines = "docker cp c:/out/app app\nmkdir -p d/bin && cp -v app $_\n"
    assert codes_of(converted(lines, "FROM alpine\nCOPY app d /x/\n"))


def test_a_folder_made_with_those_above_it_in_a_mounted_checkout_is_new_with_them() -> None:
    lines = 'docker run --rm -v "$PWD:/w" -w /w b sh -c "cp VERSION made"\nmkdir -p pack/sub\n'
    text = text_of(converted(lines, "FROM alpine\nCOPY made /\nCOPY pack /srv/pack\n"))
    assert "/w/pack" not in text
    assert "WORKDIR /pack/sub\n" in text


def test_a_file_that_the_ignore_file_hides_comes_under_another_name_in_a_folder_that_is_laid_out() -> None:
    lines = "docker cp c:/out/app app\nmkdir loop\ncp VERSION loop/\ncp app loop/\nln -s app link\n"
    runtime = "FROM b\nCOPY . /x\nRUN ls /x\n"
    text = text_of(converted(lines, runtime, **{".dockerignore": "./VERSION\n"}))
    assert "COPY VERSION /host-workspace/loop/" in text


def test_names_in_the_order_of_the_file_system_are_not_written_as_if_it_were_known() -> None:
    runtime = "FROM alpine\nCOPY app list /x/\n"
    for line, known in (
        ("find conf src -type f > list", False),
        ("find conf src -type f | sort > list", True),
        ("find conf src -type f | head -1 > list", False),
        ("find conf src -type f | wc -l > list", True),
        ("find conf src -type f | sed 's/^/x/' > list", False),
        ("find conf src -type f | sed 's/^/x/' | sort -u > list", True),
        ("find conf -type f > list", True),
        ("find conf src -type f -exec cat {} + > list", False),
        ("find conf src -type f | xargs cat > list", False),
        ("find conf src -type f -exec basename {} ';' > list", False),
    ):
        result = converted(f"docker cp c:/out/app app\n{line}\n", runtime)
        assert isinstance(result, Converted) is known, line


def test_a_folder_on_the_way_to_an_artifact_has_the_owner_that_a_copy_of_it_gives() -> None:
    lines = "mkdir -p d/sub\ndocker cp c:/out/app d/sub/app\n"
    for runtime in ("FROM alpine\nCOPY --chown=nobody d /x/\n", "FROM alpine\nUSER nobody\nCOPY d /x/\n"):
        assert "/x/sub" not in text_of(converted(lines, runtime)), runtime
    for runtime in ("FROM alpine\nCOPY d /x/\n", "FROM alpine\nUSER nobody\nCOPY --chown=0:0 d /x/\n"):
        assert "/x/sub/app\n" in text_of(converted(lines, runtime)), runtime


def test_what_is_moved_is_gone_also_where_it_may_come_from_several_places() -> None:
    lines = "docker cp c:/out/lib conf\ndocker cp c:/out/. conf\nmv conf/app.conf moved\ndocker cp c:/out/app app\n"
    result = converted(lines, "FROM alpine\nCOPY app conf/app.conf /x/\n")
    assert codes_of(result) & {"MG305", "MG306", "MG307", "MG311"}


def test_a_file_whose_mode_is_not_known_keeps_it_when_it_is_written() -> None:
    lines = "docker cp c:/out/app app\nsed -i '$d' app\nprintf x > app\n"
    builder = "FROM alpine\nRUN mkdir /out && echo a > /out/app && chmod 755 /out/app\n"
    result = converted(lines, "FROM alpine\nCOPY app /x/\n", **{"Dockerfile.build": builder})
    assert isinstance(result, Declined) or "0644" not in text_of(result)


def test_a_cp_for_each_of_what_find_finds_drops_a_set_uid_bit() -> None:
    find = "find it -maxdepth 1 -type f -exec cp {} it/bin/ ';'"
    lines = f"mkdir it\ndocker cp c:/out/tool it/tool\nmkdir -p it/bin\n{find}\n"
    runtime = "FROM alpine\nCOPY it/bin /x/\n"
    made = "FROM alpine\nRUN mkdir /out && echo a > /out/app && echo t > /out/tool"
    assert codes_of(converted(lines, runtime, **{"Dockerfile.build": f"{made} && chmod 4755 /out/tool\n"}))
    assert "find it" in text_of(converted(lines, runtime, **{"Dockerfile.build": f"{made} && chmod 755 /out/tool\n"}))


def test_a_file_whose_name_hangs_on_the_run_may_be_the_one_that_is_written() -> None:
    lines = 'F="${F:-/out/app}"\ndocker cp "c:$F" .\necho more >> app\n'
    text = text_of(converted(lines, "FROM alpine\nCOPY app /x/\n"))  # with the default, which is said
    assert ">> /host-workspace/app" in text
    assert "COPY --from=builder --chown=0:0 /out/app /host-workspace/app" in text


def test_what_was_taken_out_of_a_folder_is_still_in_the_copy_of_it_that_was_made_before() -> None:
    lines = "docker cp c:/out/lib .\nmkdir d\ncp -rp lib d/\nmv lib/b moved\ncp -r ./lib d/\n"
    builder = "FROM alpine\nRUN mkdir -p /out/lib && echo a > /out/app && echo b > /out/lib/b\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY d /x/\n", **{"Dockerfile.build": builder}))
    assert "rm " not in text


def test_what_is_removed_or_written_where_several_places_are_possible_makes_it_unknown() -> None:
    start = "mkdir s\ndocker cp c:/out/lib s/lib\ndocker cp c:/out/. s\n"
    assert codes_of(converted(f"{start}mv s/lib/b moved\n", "FROM alpine\nCOPY s/lib /x/\n"))
    text = text_of(converted(f"{start}rm -rf s/lib/b\n", "FROM alpine\nCOPY s/lib /x/\n"))
    assert "rm -rf /host-workspace/s/lib/b" in text
    assert text.count("COPY --from=builder") >= 2
    text = text_of(converted(f"{start}echo x > s/lib/new\n", "FROM alpine\nCOPY s/lib /x/\n"))
    assert "> /host-workspace/s/lib/new" in text  # in a stage in which both were laid
    assert text.count("COPY --from=builder") >= 2


def test_a_pattern_gives_its_owner_to_the_folders_of_the_base_around_a_single_file() -> None:
    lines = "docker cp c:/out/app app\nmkdir -p x/usr/bin\ndocker cp c:/out/tool x/usr/bin/tool\n"
    builder = "FROM alpine\nRUN mkdir /out && echo a > /out/app && echo t > /out/tool\n"
    text = text_of(converted(lines, "FROM alpine\nCOPY --chown=nobody app x ./\n", **{"Dockerfile.build": builder}))
    assert "--chown=nobody /out/tool usr/bin/tool" not in text
    rooted = text_of(converted(lines, "FROM alpine\nCOPY app x ./\n", **{"Dockerfile.build": builder}))
    assert "/out/tool usr/bin/tool\n" in rooted


@pytest.mark.parametrize(("let_in", "copied"), [("", False), ("!static/css\n", True)])
def test_a_folder_of_the_checkout_that_holds_nothing_for_a_build_is_not_copied(let_in: str, *, copied: bool) -> None:
    lines = "docker cp c:/out/app README.md\ndocker cp c:/out/lib .\ncp -rp lib static/\n"
    lines += "docker build -f Two -t two lib\n"
    more = {"static/css/a.css": "a", "static/i.html": "i", ".dockerignore": f"*\n!src\n{let_in}"}
    more |= {"Two": "FROM alpine\nCOPY b /y/\n"}
    text = text_of(converted(lines, "FROM alpine\nCOPY . /x/\n", **more))
    assert ("COPY static" in text) is copied
    assert "COPY src " in text


def test_rules_of_the_checkout_s_root_hold_where_the_new_context_is_a_folder_in_it() -> None:
    script = (
        "docker build -t b sub\ndocker create --name c b\nmkdir in\ndocker cp c:/out/app in/\ndocker build -t app .\n"
    )
    files = {
        "sub/Dockerfile": BUILDER.replace("RUN", "WORKDIR /s\nCOPY . .\nRUN", 1),
        "sub/Dockerfile.dockerignore": "*.log\n", "sub/lib/one.c": "c", "sub/lib/two.h": "h", "sub/a.log": "l",
        "Dockerfile": "FROM alpine\nCOPY in/app sub/lib /x/\n", ".dockerignore": "**/*.c\n", "build.sh": script,
    }  # fmt: skip
    result = convert(Project.of(files), "build.sh")
    text = text_of(result)
    assert "\nCOPY lib lib\n" in text  # with one.c
    assert text.endswith("COPY --from=builder --chown=0:0 /out/app /x/\nCOPY lib/two.h /x/\n")
