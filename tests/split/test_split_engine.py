"""Splits that are proved on a real engine: every rung, and what each must refuse when it has looked into the image."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from migrator.checkout import load
from migrator.dockerfile.parse import parse
from migrator.source import Source
from migrator.split.result import NotSplit, Outcome, Split, Status
from migrator.split.split import Wanted, prove

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Engine

    from migrator.split.plan import Rung

pytestmark = pytest.mark.engine
ROOT = Path(__file__).parents[2]
CASES = Path(__file__).parent / "cases"
SCHEMA = json.loads((ROOT / "docs/reference/schemas/split-1.json").read_text(encoding="utf-8"))
# Compilers make images that take their time to read: all of it is for `make test-split`.
EVERY = pytest.mark.skipif("MIGRATOR_EVERY_SPLIT" not in os.environ, reason="make test-split")
GO = 'FROM golang:1.13\nCOPY . /src/\nWORKDIR /src\nRUN CGO_ENABLED=0 go build -o /app main.go\nCMD ["/app"]\n'
C = 'FROM gcc:12\nCOPY . /src/\nWORKDIR /src\nRUN gcc -o /app main.c\nCMD ["/app"]\n'


def context(folder: Path, dockerfile: str, **files: str) -> Path:
    for name, text in {
        "Dockerfile": dockerfile,
        **{name.replace("_", "."): text for name, text in files.items()},
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def outcomes(engine: Engine, folder: Path, *rungs: Rung, smoke: str = "") -> dict[Rung, Outcome]:
    found = prove(load(folder), "Dockerfile", Wanted(rungs[0], smoke=smoke), engine.interface, rungs[1:])
    assert engine.docker("images", "-q", "--filter", "reference=migrator-*/*").stdout == ""
    return {one.rung: one for one in found}


def printed(engine: Engine, folder: Path, outcome: Outcome) -> str:
    """What the image prints that the split Dockerfile gives, built and run by docker itself."""
    assert isinstance(outcome, Split)
    (folder / "Dockerfile.split").write_text(outcome.dockerfile, encoding="utf-8")
    tag = f"split-test:{outcome.rung}"
    engine.docker("build", "-q", "-t", tag, "-f", str(folder / "Dockerfile.split"), str(folder))
    try:
        return engine.docker("run", "--rm", "--network", "none", tag).stdout
    finally:
        engine.docker("rmi", "-f", tag)


def sizes(outcome: Outcome) -> tuple[int, int]:
    assert isinstance(outcome, Split)
    assert outcome.proof is not None
    before, after = outcome.proof.sizes
    return before.size, after.size


def refused(outcome: Outcome) -> list[str]:
    assert isinstance(outcome, NotSplit), outcome
    return [one.code for one in outcome.diagnostics]


def test_a_dynamic_program_on_three_rungs(engine: Engine, tmp_path: Path) -> None:
    """Every day on the last one, which looks into the most; `make test-split` has all three."""
    engine.with_images("gcc:12", "debian:bookworm-slim")
    folder = tmp_path / "context"
    shutil.copytree(CASES / "c-dynamic" / "context", folder)
    rungs: tuple[Rung, ...] = ("same", "slim", "scratch") if "MIGRATOR_EVERY_SPLIT" in os.environ else ("scratch",)
    found = outcomes(engine, folder, *rungs)
    assert [one.status for one in found.values()] == [Status.PROVED] * len(rungs)
    assert {one.code for each in found.values() for one in each.diagnostics} <= {"MG721", "MG723"}
    before, after = sizes(found["scratch"])
    assert after * 50 < before
    scratch = found["scratch"]
    assert isinstance(scratch, Split)
    carried = [one.arguments[-1].text for one in parse(Source("x", scratch.dockerfile)).stages[1].instructions[1:-1]]
    assert carried[1:] == ["/lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/libc.so.6"]
    assert printed(engine, folder, scratch) == "Hello, World!\n"


@EVERY
def test_the_same_on_each_builder_and_podman(each_engine: Engine, tmp_path: Path) -> None:
    each_engine.with_images("gcc:12")
    folder = tmp_path / "context"
    shutil.copytree(CASES / "c-dynamic" / "context", folder)
    words = [sys.executable, "-m", "migrator", "split", "--format", "json", "--runtime", "scratch", str(folder)]
    words += ["--engine", "podman"] if each_engine.program == "podman" else []
    done = subprocess.run(words, env=dict(each_engine.env), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["status"] == "proved"
    assert {one["name"]: one["passed"] for one in told["checks"]}["what it opens while it runs"]
    assert [one["path"] for one in told["carried"] if not one["path"].startswith(("/usr/src", "/lib"))] == []


@EVERY
def test_the_tutorial_case_on_every_rung_by_the_command_line(engine: Engine, tmp_path: Path) -> None:
    engine.with_images("golang:1.13", "debian:bookworm-slim")
    folder = tmp_path / "context"
    shutil.copytree(ROOT / "samples" / "fat-go", folder)
    before = engine.holdings()
    words = [sys.executable, "-m", "migrator", "split", "--all-rungs", "--format", "json", str(folder)]
    done = subprocess.run(words, env=dict(engine.env), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(told)] == []
    assert told["status"] == "proved"
    assert {one["runtime"]: one["status"] for one in told["rungs"]}["scratch"] == "proved"
    whole, same = (one["size"] for one in told["sizes"])
    scratch = next(one["size"] for one in told["rungs"] if one["runtime"] == "scratch")
    assert whole * 0.5 > same > scratch * 20
    assert engine.holdings() == before
    assert (folder / "Dockerfile").read_text(encoding="utf-8").count("FROM") == 1


@EVERY
@pytest.mark.parametrize("rung", ["same", "slim", "scratch"])
def test_hello_world_from_each_rung(engine: Engine, tmp_path: Path, rung: Rung) -> None:
    engine.with_images("golang:1.13", "debian:bookworm-slim")
    folder = tmp_path / "context"
    shutil.copytree(CASES / "go-tutorial" / "context", folder)
    found = outcomes(engine, folder, rung)[rung]
    assert found.status is Status.PROVED, found
    assert printed(engine, folder, found) == "Hello, World!\n"


@EVERY
def test_a_static_program_of_c_is_alone(engine: Engine, tmp_path: Path) -> None:
    engine.with_images("gcc:12")
    folder = tmp_path / "context"
    shutil.copytree(CASES / "c-static" / "context", folder)
    found = outcomes(engine, folder, "scratch")["scratch"]
    assert isinstance(found, Split)
    last = parse(Source("x", found.dockerfile)).stages[1]
    assert [one.keyword for one in last.instructions] == ["COPY", "CMD"]
    assert printed(engine, folder, found) == "Hello, World!\n"


SYSTEM = '#include <stdlib.h>\nint main(void) { return system("true"); }\n'
LOOKUP = "#include <pwd.h>\n#include <stdio.h>\nint main(void) { puts(getpwuid(0)->pw_name); return 0; }\n"
LOADS = '#include <dlfcn.h>\nint main(void) { return dlopen("libm.so.6", RTLD_NOW) == 0; }\n'
EXEC = 'package main\n\nimport "os/exec"\n\nfunc main() { exec.Command("true").Run() }\n'
HELLO = '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n'


@EVERY
@pytest.mark.parametrize(
    ("dockerfile", "source", "code"),
    [
        (C, SYSTEM, "MG711"),
        (C, LOOKUP, "MG712"),
        (C, LOADS, "MG722"),
        (C.replace('CMD ["/app"]', "CMD /app"), HELLO, "MG706"),
        (C.replace("CMD", "HEALTHCHECK CMD test -e /app\nCMD"), HELLO, "MG706"),
        (C.replace("CMD", "RUN /app > /etc/app.conf\nCMD"), HELLO, "MG707"),
        (C.replace("RUN gcc", "RUN gcc -Wl,-rpath,/gone -L. -Wl,--unresolved-symbols=ignore-all"), HELLO, None),
        (GO, EXEC, "MG711"),
    ],
    ids=["system", "getpwuid", "dlopen", "shell", "health", "set-up", "own-folder", "os-exec"],
)
def test_scratch_is_refused_for_what_the_program_shows(
    engine: Engine, tmp_path: Path, dockerfile: str, source: str, code: str | None
) -> None:
    engine.with_images("gcc:12", "golang:1.13")
    folder = context(tmp_path, dockerfile, **({"main_go": source} if "golang" in dockerfile else {"main_c": source}))
    found = outcomes(engine, folder, "scratch")["scratch"]
    if code is None:
        assert found.status is Status.PROVED
    else:
        assert refused(found)[0] == code


@EVERY
def test_certificates_that_the_image_has_are_carried_along(engine: Engine, tmp_path: Path) -> None:
    engine.with_images("golang:1.13")
    source = 'package main\n\nimport "net/http"\n\nfunc main() { http.Get("https://127.0.0.1:1/") }\n'
    folder = context(
        tmp_path,
        GO.replace("WORKDIR", "COPY ca.pem /etc/ssl/certs/ca-certificates.crt\nWORKDIR"),
        main_go=source,
        ca_pem="x\n",
    )
    found = outcomes(engine, folder, "scratch")["scratch"]
    assert isinstance(found, Split), found
    assert found.status is Status.PROVED
    assert "/etc/ssl/certs/ca-certificates.crt" in found.dockerfile


# The name of a file of the base that stands nowhere in the program, so that only looking at it run can find it.
HIDDEN = (
    "#include <stdio.h>\nint main(int count, char **words) { char name[40], line[40]; FILE *f; (void)words;\n"
    'snprintf(name, 40, "/%s/%s%s", "etc", count ? "debian" : "", "_version"); f = fopen(name, "r");\n'
    'return f && fgets(line, 40, f) ? puts(line) < 0 : puts("none") > 0; }\n'
)


@EVERY
def test_what_a_program_is_seen_to_open_is_carried(engine: Engine, tmp_path: Path) -> None:
    engine.with_images("gcc:12")
    folder = context(tmp_path, C.replace("gcc -o", "gcc -static -o"), main_c=HIDDEN)
    found = outcomes(engine, folder, "scratch")["scratch"]
    assert isinstance(found, Split), found
    assert found.proof is not None
    assert found.status is Status.PROVED, found.proof
    assert "COPY --from=builder /etc/debian_version /etc/debian_version\n" in found.dockerfile
    assert [one.passed for one in found.proof.checks if one.name == "what it opens while it runs"] == [True]
    assert printed(engine, folder, found) != "none\n"


@EVERY
def test_what_a_build_makes_besides_the_program_is_carried(engine: Engine, tmp_path: Path) -> None:
    engine.with_images("gcc:12")
    source = (
        '#include <stdio.h>\nint main(void) { FILE *f = fopen("words.dat", "r"); return f ? puts("found") < 0 : 7; }\n'
    )
    rules = "all:\n\tgcc -o app main.c\n\tgcc -c main.c\n\techo a > words.dat\n"
    dockerfile = C.replace("gcc -o /app main.c", "make").replace('"/app"', '"./app"')
    folder = context(tmp_path, dockerfile, main_c=source, Makefile=rules)
    found = outcomes(engine, folder, "same", "scratch")
    for outcome in found.values():
        assert isinstance(outcome, Split), outcome
        assert outcome.status is Status.PROVED
        assert "/src/words.dat" in outcome.dockerfile
        assert "main.o" not in outcome.dockerfile
        assert printed(engine, folder, outcome) == "found\n"


@EVERY
def test_too_much_that_nothing_explains_is_refused(engine: Engine, tmp_path: Path) -> None:
    engine.with_images("gcc:12")
    rules = "all:\n\tgcc -o app main.c\n\tfor n in `seq 30`; do echo > $$n.dat; done\n"
    folder = context(
        tmp_path, C.replace("gcc -o /app main.c", "make").replace('"/app"', '"./app"'), main_c=HELLO, Makefile=rules
    )
    assert refused(outcomes(engine, folder, "same")["same"]) == ["MG713"]


@EVERY
def test_a_step_that_needs_the_compiler_at_the_end_is_seen(engine: Engine, tmp_path: Path) -> None:
    """A base without a compiler, and a kept RUN that asks for the one that only the builder copies."""
    engine.with_images("golang:1.13", "debian:bookworm-slim")
    folder = tmp_path / "context"
    shutil.copytree(CASES / "toolchain-copied" / "context", folder)
    text = (folder / "Dockerfile").read_text(encoding="utf-8")
    (folder / "Dockerfile").write_text(text.replace("CMD", "RUN gofmt -l . > /files\nCMD"), encoding="utf-8")
    assert refused(outcomes(engine, folder, "same")["same"]) == ["MG718"]


@EVERY
def test_a_library_of_the_build_is_carried_with_the_program(engine: Engine, tmp_path: Path) -> None:
    engine.with_images("gcc:12", "debian:bookworm-slim")
    files = {
        "greet_c": '#include <stdio.h>\nvoid greet(void) { puts("hello from a library"); }\n',
        "main_c": "void greet(void);\nint main(void) { greet(); return 0; }\n",
    }
    link = "gcc -o /app main.c -L/opt/greet -lgreet -Wl,-rpath,/opt/greet"
    build = f"gcc -shared -fPIC -o /opt/greet/libgreet.so greet.c && {link}"
    folder = context(tmp_path, C.replace("RUN gcc -o /app main.c", f"RUN mkdir -p /opt/greet\nRUN {build}"), **files)
    found = outcomes(engine, folder, "same", "slim", "scratch")
    for rung in ("same", "slim"):
        assert found[rung].status is Status.PROVED, found[rung]
        assert printed(engine, folder, found[rung]) == "hello from a library\n"
    assert found["scratch"].status is Status.PROVED, found["scratch"]


@EVERY
def test_java_classes_without_their_sources(engine: Engine, tmp_path: Path) -> None:
    engine.with_images("openjdk:17")
    source = 'class Main { public static void main(String[] a) { System.out.println("Hello from " + new Part()); } }\n'
    part = 'class Part { public String toString() { return "a part"; } }\n'
    dockerfile = (
        "FROM openjdk:17\nCOPY . /src/\nWORKDIR /src\nRUN mkdir -p /out\nRUN javac -d /out Main.java Part.java && "
        'jar cfe /app.jar Main -C /out .\nCMD ["java", "-jar", "/app.jar"]\n'
    )
    found = outcomes(engine, context(tmp_path, dockerfile, Main_java=source, Part_java=part), "same")["same"]
    assert found.status is Status.PROVED, found
    assert printed(engine, tmp_path, found) == "Hello from a part\n"
    assert isinstance(found, Split)
    assert "Part.java" not in found.dockerfile.partition("AS runtime")[2]


@EVERY
def test_packages_of_node_are_carried_whole(engine: Engine, tmp_path: Path) -> None:
    engine.with_images("node:20")
    (tmp_path / "dep").mkdir()
    (tmp_path / "dep" / "package.json").write_text('{"name": "dep", "version": "1.0.0", "main": "index.js"}\n')
    (tmp_path / "dep" / "index.js").write_text('module.exports = "a dependency"\n')
    package = '{"name": "x", "dependencies": {"dep": "file:dep"}, "scripts": {"build": "node make.js"}}\n'
    dockerfile = "FROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm install --offline && npm run build\n"
    files = {
        "package_json": package,
        "make_js": 'require("fs").mkdirSync("dist"); require("fs").copyFileSync("main.js", "dist/main.js")\n',
        "main_js": 'console.log("Hello from " + require("dep"))\n',
    }
    folder = context(tmp_path, dockerfile + 'CMD ["node", "dist/main.js"]\n', **files)
    found = outcomes(engine, folder, "same")["same"]
    assert found.status is Status.PROVED, found
    assert printed(engine, folder, found) == "Hello from a dependency\n"


def node_context(folder: Path, main: str) -> Path:
    """A program for Node with a package of each kind, both as archives beside it, so that no network is needed."""
    for name in ("dep", "tool"):
        with tarfile.open(folder / f"{name}-1.0.0.tgz", "w:gz") as archive:
            texts = {
                "package.json": json.dumps({"name": name, "version": "1.0.0"}),
                "index.js": f'module.exports = "{name}"\n',
            }
            for file, text in texts.items():
                info = tarfile.TarInfo(f"package/{file}")
                info.size = len(text)
                archive.addfile(info, io.BytesIO(text.encode()))
    package = {
        "name": "x",
        "dependencies": {"dep": "file:dep-1.0.0.tgz"},
        "devDependencies": {"tool": "file:tool-1.0.0.tgz"},
        "scripts": {"build": "node make.js", "prepare": "node make.js"},
    }
    make = (
        'const fs = require("fs");\nrequire("tool");\nfs.mkdirSync("dist", {recursive: true});\n'
        'fs.copyFileSync("main.js", "dist/main.js");\n'
    )
    dockerfile = "FROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm install --offline\nRUN npm run build\n"
    files = {"package_json": json.dumps(package), "make_js": make, "main_js": main}
    return context(folder, dockerfile + 'CMD ["node", "dist/main.js"]\n', **files)


@EVERY
def test_packages_for_development_of_node_stay_behind(engine: Engine, tmp_path: Path) -> None:
    engine.with_images("node:20")
    folder = node_context(tmp_path, 'console.log("Hello from " + require("dep"))\n')
    found = outcomes(engine, folder, "same")["same"]
    assert found.status is Status.PROVED, found
    assert isinstance(found, Split)
    assert found.proof is not None
    assert "RUN npm prune --omit=dev\n" in found.dockerfile
    assert [one.code for one in found.diagnostics] == ["MG737"]
    assert found.proof.left["packages for development"] == 3, found.proof.left
    named = next(one for one in found.proof.checks if one.name.startswith("nothing that is left out"))
    assert named.detail == "3 files and folders: tool"
    assert printed(engine, folder, found) == "Hello from dep\n"
    whole = prove(load(folder), "Dockerfile", Wanted("same", keep_dev=True), engine.interface)[0]
    assert whole.status is Status.PROVED, whole
    assert isinstance(whole, Split)
    assert "prune" not in whole.dockerfile


@EVERY
def test_a_package_for_development_that_is_opened_is_carried_after_all(engine: Engine, tmp_path: Path) -> None:
    """Its name is put together while the program runs, so that no text has it; it does without where it is missing."""
    engine.with_images("node:20")
    quiet = 'const name = ["to", "ol"].join("");\ntry { require(name) } catch { }\nconsole.log("Hello")\n'
    loud = 'const name = ["to", "ol"].join("");\nconsole.log("Hello from " + require(name))\n'
    for number, (main, why) in enumerate(((quiet, "node_modules/tool/index.js"), (loud, "without them, "))):
        folder = tmp_path / str(number)
        folder.mkdir()
        found = outcomes(engine, node_context(folder, main), "same")["same"]
        assert found.status is Status.PROVED, found
        assert isinstance(found, Split)
        assert "prune" not in found.dockerfile
        assert [one.code for one in found.diagnostics] == ["MG739"]
        assert why in found.diagnostics[0].message


@EVERY
def test_packages_of_python_are_carried_whole(engine: Engine, tmp_path: Path) -> None:
    engine.with_images("python:3.11-slim")
    project = (ROOT / "samples/python-wheel/pyproject.toml").read_text(encoding="utf-8")
    dockerfile = (
        "FROM python:3.11-slim\nWORKDIR /src\nCOPY pyproject.toml greet.py ./\n"
        "RUN pip install --no-deps --no-build-isolation --no-cache-dir --target /deps .\n"
        'ENV PYTHONPATH=/deps\nWORKDIR /\nCMD ["python3", "-m", "greet"]\n'
    )
    folder = context(tmp_path, dockerfile, pyproject_toml=project, greet_py='print("Hello from Python")\n')
    found = outcomes(engine, folder, "same")["same"]
    assert found.status is Status.PROVED, found
    assert printed(engine, folder, found) == "Hello from Python\n"


@EVERY
def test_a_run_that_cannot_be_taken_apart_is_followed_by_what_it_changes(engine: Engine, tmp_path: Path) -> None:
    """A script makes the program, a user and a settings file; nothing of it is known from the text."""
    engine.with_images("gcc:12")
    script = (
        "#!/bin/sh\nset -e\ncd /src\ngcc -c main.c\ngcc -o /usr/local/bin/app main.o\n"
        "echo 'web:x:900:900::/:/bin/false' >>/etc/passwd\nmkdir -p /var/lib/web\necho hello >/etc/app.conf\n"
    )
    dockerfile = 'FROM gcc:12\nCOPY . /src/\nRUN if true; then sh /src/build.sh; fi\nUSER web\nCMD ["app"]\n'
    folder = context(tmp_path, dockerfile, main_c=HELLO, build_sh=script)
    found = outcomes(engine, folder, "same")["same"]
    assert found.status is Status.PROVED, found
    assert isinstance(found, Split)
    last = found.dockerfile.partition("AS runtime")[2]
    for path in ("/usr/local/bin/app", "/etc/passwd", "/etc/app.conf", "/var/lib/web/"):
        assert f"COPY --from=builder {path} {path}\n" in last
    assert "main.o" not in last
    assert printed(engine, folder, found) == "hello\n"


@EVERY
def test_folders_made_on_the_way_do_not_stop_a_split(engine: Engine, tmp_path: Path) -> None:
    engine.with_images("gcc:12")
    line = "cd /src && mkdir build && cd build && cp ../main.c . && gcc -o app main.c && mv app /usr/bin/ && ldconfig"
    folder = context(tmp_path, f'FROM gcc:12\nCOPY . /src/\nRUN {line}\nCMD ["app"]\n', main_c=HELLO)
    found = outcomes(engine, folder, "same", "scratch")
    assert [one.status for one in found.values()] == [Status.PROVED, Status.PROVED], found
    assert printed(engine, folder, found["scratch"]) == "hello\n"


@pytest.fixture
def small(engine: Engine, tmp_path: Path) -> Iterator[str]:
    """A base of two megabytes with a compiler that lays a program down as it is, and no list of users."""
    engine.with_images("alpine:latest")
    folder = tmp_path / "base"
    folder.mkdir()
    (folder / "gcc").write_text('#!/bin/sh\ncp "$3" "$2" && chmod 755 "$2"\n', encoding="utf-8")
    text = "FROM alpine:latest\nCOPY --chmod=755 gcc /usr/bin/gcc\nRUN rm /etc/passwd\n"
    (folder / "Dockerfile").write_text(text, encoding="utf-8")
    name = "split-test/compiler:1"
    engine.docker("build", "-q", "-t", name, str(folder))
    yield f"FROM {name}\nWORKDIR /src\nCOPY main.c .\n"
    engine.docker("rmi", "-f", name)


def test_a_dockerfile_that_does_not_build_is_not_split(engine: Engine, small: str, tmp_path: Path) -> None:
    text = small + 'RUN gcc -o /app main.c\nRUN false\nCMD ["/app"]\n'
    found = outcomes(engine, context(tmp_path, text, main_c=""), "same")["same"]
    assert refused(found) == ["MG717"]


def test_an_image_that_prints_something_else_is_not_proved(engine: Engine, small: str, tmp_path: Path) -> None:
    """The program lists the folder of its sources, which stay in the builder."""
    text = small + 'RUN gcc -o /app main.c\nCMD ["/app"]\n'
    found = outcomes(engine, context(tmp_path, text, main_c="#!/bin/sh\nls /src\n"), "same")["same"]
    assert found.status is Status.DIFFERENT
    (error,) = [one for one in found.diagnostics if one.code == "MG719"]
    assert "prints the same" in error.message


def test_a_user_whom_no_list_names_stays_where_the_list_is(engine: Engine, small: str, tmp_path: Path) -> None:
    text = small + 'RUN gcc -o /app /bin/busybox\nUSER app\nCMD ["/app", "true"]\n'
    found = outcomes(engine, context(tmp_path, text, main_c=""), "scratch")["scratch"]
    assert "MG709" in refused(found)
