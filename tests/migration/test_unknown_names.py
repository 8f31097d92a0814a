"""Commands over names that nobody knows: never lost without a word."""

from __future__ import annotations

import pytest

from migrator.migration.convert import convert
from migrator.migration.result import Converted, Declined
from migrator.project import Project

SCRIPT = """#!/bin/bash
docker build -t b -f Dockerfile.build .
docker create --name xx b
docker cp xx:/out ./out
docker rm xx
{line}
docker build -t a .
"""
FILES = {
    "Dockerfile.build": "FROM debian:9\nRUN make out\n",
    "Dockerfile": "FROM debian:9\nCOPY . /x\n",
    "keep": "x\n",
    "dist/k": "x\n",
}
"""The checkout; the pattern is over the folder out of the image."""


def converted(line: str) -> Converted | Declined:
    found = convert(Project.of({**FILES, "build.sh": SCRIPT.format(line=line)}))
    assert isinstance(found, Converted | Declined)
    return found


@pytest.mark.parametrize("folder", ["out", '"$PWD"/out'])
@pytest.mark.parametrize(
    ("line", "there"),
    [
        ("gunzip {}/*.gz", "gunzip"),
        ("gzip -d {}/*.gz", "gzip -d"),
        ("xz -dk {}/*.xz", "xz -dk"),
        ("strip {}/bin/*", "strip"),
        ("sed -i s/a/b/ {}/*.conf", "sed -i s/a/b/"),
        ("touch {}/*.conf", "touch"),
        ("rm -f {}/*.o", "rm -f"),
        ("mv {}/*.so dist/", "mv"),
        ("cp -r {}/* dist/", "cp -rf"),
        ("chmod +x {}/*", "chmod +x"),
        ("for f in {}/*.gz; do gunzip $f; done", "gunzip"),
        ('for f in {}/*; do cp "$f" dist/; done', "cp"),
        ("find {} -name '*.o' -delete", "find"),
        ('files=({}/*.so); for f in "${{files[@]}}"; do strip "$f"; done', "strip"),
        ("(cd {}; strip *.so)", "strip"),
        ("rm -f {}/[^a]*.o", "rm -f"),
    ],
)
def test_what_changes_just_what_it_is_given_is_done_in_a_stage(line: str, there: str, folder: str) -> None:
    found = converted(line.format(folder))
    assert isinstance(found, Converted)
    assert f"RUN {there} " in found.dockerfile
    assert "/out /x/out" in found.dockerfile.replace("/host-workspace-nested/ /x/", "/out /x/out")
    assert "COPY --from=builder --chown=0:0 /out /x/out" not in found.dockerfile or there.startswith("cp")


@pytest.mark.parametrize(
    ("tests", "action"),
    [
        ("-name '*.map'", "-exec rm -f {} +"),
        ("-type f -name '*cache*'", "-exec rm -f {} +"),
        ("-type f ! -name '*.js'", "-delete"),
        ("-name '*cache*'", "-delete"),
        ("-type d -empty", "-delete"),
        ("! -name '*.js'", "-delete"),
        ("-name '*.js' -o -name tmp", "-delete"),
    ],
)
def test_find_deletes_by_rm_only_what_must_be_a_file(tests: str, action: str) -> None:
    found = converted(f"find out {tests} -delete")
    assert isinstance(found, Converted)
    (run,) = [line for line in found.dockerfile.splitlines() if line.startswith("RUN find ")]
    assert action in run.replace("'{}'", "{}").replace("'+'", "+"), run


@pytest.mark.parametrize("folder", ["out", '"$PWD"/out'])
@pytest.mark.parametrize(
    "line",
    [
        "gzip {}/*.txt",
        "tar xf {}/*.tar -C out",
        "tar czf all.tgz {}/*",
        "zip all.zip {}/*",
        "install -m 755 {}/bin/* dist/",
        "ln -s {}/*.so dist/",
        "tee {}/*.txt < keep",
        "cat {}/*.txt > all",
        "md5sum {}/* > sums",
        "awk '{{print}}' {}/*.txt > dist/all",
        "sort {}/*.txt -o dist/all",
        "find {} -name '*.o' | xargs rm",
        "ls {}/*.o | xargs rm -f",
        "rm -f $(ls {}/*.o)",
        "rm -f $(made-up)",
        "mv $(made-up) dist/",
        "[ -e {}/*.x ] && rm -rf out",
        "for f in {}/*; do [ -f $f ] || continue; sed -i s/a/b/ $f; done",
        "for f in {}/*; do mv $f $f.old; done",
        "for f in {}/*; do cp $f dist/$(basename $f).new; done",
        "cd $(ls -d {}/*); rm -f conf; cd -",
        "cp {}/!(x) dist/",
        "shopt -s dotglob; mv {}/* dist/",
        "shopt -s globstar; rm -f {}/**/*.map",
        'files=({}/*); mv "${{files[0]}}" dist/app',
        "files=({}/*.so); echo ${{#files[@]}} > dist/n",
        'set -- {}/*; mv "$1" dist/app',
        'one() {{ mv "$1" dist/app; }}; one {}/*.jar',
        "set -- {}/*; shift; rm -f $*",
        "for f in {}/*.jar; do rm $f; break; done",
        "n=0; for f in {}/*.jar; do n=$((n+1)); cp $f dist/; done; echo $n > dist/n",
        'for f in {}/*.old; do mv "$f" "${{f%.old}}"; done',
        "for f in {}/*.so; do case $f in *x*) strip $f;; esac; done",
        "rmdir {}/*",
        "mkdir -p {}/*/new",
        "cp keep {}/*/",
        "echo {}/* > list",
    ],
)
def test_what_depends_on_the_names_is_declined(line: str, folder: str) -> None:
    found = converted(line.format(folder))
    assert isinstance(found, Declined), found
    spans = {diagnostic.span.line for diagnostic in found.diagnostics if diagnostic.span is not None}
    assert 6 in spans


@pytest.mark.parametrize(
    "line", ["ls out/*", "md5sum out/*", "cat out/*.log", "du -sh out/*", "echo out/*", "file out/*"]
)
def test_what_only_shows_them_stands_in_nobodys_way(line: str) -> None:
    assert isinstance(converted(line), Converted)


@pytest.mark.parametrize(
    "line",
    [
        "cp /etc/ssl/cert.pem .",
        "cp ../other/file .",
        "cp ~/.npmrc .",
        "cp -r $HOME/lib .",
        "cp $GOPATH/bin/tool .",
        "cp conf/$MODE.yml conf.yml",
        "mv /tmp/prebuilt lib",
        "rsync -a /opt/lib/ lib/",
        "install -m644 /opt/lib lib",
        "tar xf /opt/lib.tar",
        "unzip ../lib.zip",
        "cat ~/.key > key",
        "tr a b < ~/.key > key",
        "K=$(cat ~/.key); echo $K > key",
        "cat /etc/passwd > users",
        "[ -f ../VERSION ] && cp ../VERSION .",
    ],
)
def test_what_comes_from_outside_of_the_repository_is_declined(line: str) -> None:
    found = converted(line)
    assert isinstance(found, Declined), found


@pytest.mark.parametrize(
    "line",
    [
        "d=$(mktemp -d); cp $d/nothing . || true",
        "cp missing other || true",
        "cp app /usr/local/bin/",
        "cp dist/k ~/k",
        "cp -r out /tmp/for-me; cp -r /tmp/for-me again",
        "v=$(docker run --rm b cat /v); docker create --name y2 b; docker cp y2:/app app-$v; mv app-$v dist/app",
        "v=$(docker run --rm b cat /v); mkdir dist/of-$v; rm -rf dist/of-$v",
    ],
)
def test_what_goes_there_or_is_certainly_missing_is_not(line: str) -> None:
    assert isinstance(converted(line), Converted)


def test_a_container_that_has_run_runs_again_when_it_is_started() -> None:
    script = """docker build -t b -f Dockerfile.build .
docker run --name xx b make extra
docker cp xx:/out ./out
docker start -a xx
docker cp xx:/out ./out2
docker build -t a .
"""
    found = convert(Project.of({**FILES, "build.sh": script}))
    assert isinstance(found, Converted)
    assert found.dockerfile.count("RUN make extra\n") == 2


@pytest.mark.parametrize(
    "lines",
    [
        "docker cp ~/.netrc yy:/root/.netrc",
        "docker cp ../other yy:/src",
        "docker cp /etc/ssl/cert.pem yy:/cert.pem",
    ],
)
def test_what_a_container_gets_from_outside_is_declined(lines: str) -> None:
    found = converted(
        f"docker create --name yy b make\n{lines}\ndocker start -a yy\ndocker cp yy:/app dist/app",
    )
    assert isinstance(found, Declined)


@pytest.mark.parametrize("given", ["--env-file ~/.env", "-e KEY=$(cat ~/.key)", "--env-file ../env"])
def test_an_environment_from_outside_is_declined(given: str) -> None:
    assert isinstance(converted(f"docker run --name yy {given} b make\ndocker cp yy:/app dist/app"), Declined)


def test_what_a_volume_holds_comes_out_of_a_container_that_never_runs() -> None:
    found = converted(
        "docker run --rm -v made:/made b make\n"
        "docker create -v made:/in --name yy alpine\n"
        "docker cp yy:/in/app dist/app",
    )
    assert isinstance(found, Converted)
    assert "--chown=0:0 /made /in\n" in found.dockerfile
    assert found.dockerfile.index("RUN make\n") < found.dockerfile.index("/made /in\n")


def test_a_variable_that_chooses_where_an_artifact_goes_is_taken_at_its_default() -> None:
    script = """docker build -t b -f Dockerfile.build .
c=$(docker create b)
docker cp $c:/out/app ${OUT:-.}/app
docker build -t a ${OUT:-.}
"""
    found = convert(Project.of({**FILES, "build.sh": script}))
    assert isinstance(found, Converted)
    assert "COPY --from=builder --chown=0:0 /out/app /x/app\n" in found.dockerfile
    assert "MG190" in {diagnostic.rule.code for diagnostic in found.diagnostics}


@pytest.mark.parametrize(
    ("place", "converts"),
    [
        ("$DIST", False),
        ("out/$DIST", False),
        ("${DIST:-dist}", True),
        ("out-$DIST", True),
    ],
)
def test_a_folder_that_is_nothing_but_a_variable_may_be_anywhere(place: str, converts: bool) -> None:  # noqa: FBT001
    found = converted(f"mkdir -p {place}\ndocker create --name y2 b\ndocker cp y2:/app {place}/app")
    assert isinstance(found, Converted if converts else Declined)


@pytest.mark.parametrize("place", ["${DIST:-/tmp/x}", "${DIST:-../x}"])
def test_a_default_outside_of_the_context_takes_nothing_into_it(place: str) -> None:
    found = converted(f"mkdir -p {place}\ndocker create --name y2 b\ndocker cp y2:/app {place}/app")
    assert isinstance(found, Converted)
    assert "MG190" in {diagnostic.rule.code for diagnostic in found.diagnostics}
    assert "/app" not in found.dockerfile
    inside = converted("mkdir -p dist\ndocker create --name y2 b\ndocker cp y2:/app dist/app")
    assert isinstance(inside, Converted)
    assert "/app" in inside.dockerfile


def test_a_sourced_file_whose_name_is_open_may_be_any_of_the_checkout() -> None:
    def codes(name: str) -> set[str]:
        script = SCRIPT.format(line=f". {name}")
        found = convert(Project.of({**FILES, "build.sh": script, "env/one.sh": "rm -rf out\n"}))
        return {one.code for one in found.diagnostics}

    assert "MG122" in codes("./env/$STAGE.sh")
    assert "MG122" in codes('"env/$(hostname).sh"')
    # Nothing in the checkout has such a name: a clean checkout goes on without the file.
    assert codes("./settings/$STAGE.sh") == codes("$HOME/.profile") == {"MG121"}


def test_an_ignore_file_that_the_engine_refuses_stops_the_conversion() -> None:
    def declined(**files: str) -> list[str]:
        texts = {name.replace("_", ".", 1): text for name, text in files.items()}
        found = convert(Project.of({**FILES, "build.sh": SCRIPT.format(line=":"), **texts}))
        return [str(one.span and one.span.file) for one in found.diagnostics if one.code == "MG222"]

    assert declined(_dockerignore="a\nlogs/[0-9\n") == [".dockerignore"]
    # The Dockerfile's own file comes before that of the context, which the other build is still under.
    own = {"Dockerfile.dockerignore": "a\n", "Dockerfile.build.dockerignore": "b\n"}
    found = convert(Project.of({**FILES, **own, ".dockerignore": "[\n", "build.sh": SCRIPT.format(line=":")}))
    assert not [one for one in found.diagnostics if one.code == "MG222"]
