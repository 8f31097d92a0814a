"""The parts of a split by themselves: what commands make, what packages are for, what programs show."""

from __future__ import annotations

import pytest

from migrator.project import Project
from migrator.split.bases import Release, base_of, slim_relative
from migrator.split.command import Runs, runs
from migrator.split.fat import Fat, read
from migrator.split.makers.table import recognised
from migrator.split.packages import installation, is_housekeeping
from migrator.split.plan import Plan, covered, plan
from migrator.split.statements import Statement, statements
from migrator.split.steps import steps


def fat_of(dockerfile: str, **files: str) -> Fat:
    texts = {"Dockerfile": dockerfile, **{name.replace("_", "."): text for name, text in files.items()}}
    found = read(Project.of(texts), "Dockerfile", {})
    assert isinstance(found, Fat), found
    return found


def of_run(fat: Fat) -> tuple[Statement, ...]:
    pairs = zip(fat.instructions, fat.scope.states, strict=True)
    return next(statements(fat.dockerfile, one, state) for one, state in pairs if one.keyword == "RUN")


MAKERS = [
    ("go build -o /out/app .", "go build", ["/out/app"]),
    ("go build -o bin/ ./cmd/...", "go build", ["/w/bin/*"]),
    ("go build", "go build", ["/w/w"]),
    ("go build ./cmd/tool", "go build", ["/w/tool"]),
    ("go build -ldflags '-s -w' -tags netgo main.go", "go build", ["/w/main"]),
    ("go build example.com/x/tool/v2", "go build", ["/w/tool"]),
    ("go build ./...", "go build", []),
    ("go build -o $UNKNOWN .", "go build", ["/w/w"]),
    ("go install", "go install", ["/go/bin/w"]),
    ("GOBIN=/b go install example.com/x/tool@v1.2.3", "go install", ["/b/tool"]),
    ("GOOS=linux go install ./cmd/tool", "go install", []),
    ("go vet ./...", "go vet", []),
    ("gcc main.c", "gcc -o", ["/w/a.out"]),
    ("x86_64-linux-musl-gcc -static -o/app main.c", "x86_64-linux-musl-gcc -o", ["/app"]),
    ("gcc -c main.c -o main.o", "gcc -c", []),
    ("make -C sub CC=gcc", "make", ["/w/sub/*"]),
    ("make install PREFIX=/opt/x", "make install", ["/w/*", "/opt/x/*"]),
    ("make DESTDIR=/stage install", "make install", ["/w/*", "/stage/usr/local/*"]),
    ("cmake --build build --target install", "cmake --build", ["/w/build/*", "/usr/local/*"]),
    ("cargo build -r --target x86-linux-musl", "cargo build", ["/w/target/x86-linux-musl/release/*"]),
    ("cargo install --path . --root /opt", "cargo install", ["/opt/bin/*"]),
    ("rustc -O main.rs", "rustc", ["/w/main"]),
    ("strip --strip-all app", "strip", ["/w/app"]),
    ("mvn -q -DskipTests package", "mvn package", ["/w/*"]),
    ("./mvnw dependency:go-offline", "mvnw", []),
    ("gradle :app:bootJar", "gradle build", ["/w/*"]),
    ("javac -d out a/Main.java", "javac -d", ["/w/out/*"]),
    ("javac Main.java", "javac", ["/w/Main.class"]),
    ("jar cfe app.jar Main .", "jar", ["/w/app.jar"]),
    ("dotnet publish -c Release -o /app", "dotnet publish", ["/app/*"]),
    ("dotnet restore", "dotnet restore", []),
    ("npm ci", "npm ci", ["/w/node_modules/*"]),
    ("yarn", "yarn install", ["/w/node_modules/*"]),
    ("npm --prefix client run build", "npm run build", ["/w/client/*"]),
    ("npm install -g pm2", None, []),
    ("npm test", "npm test", []),
    ("python3 -m venv /venv", "python -m venv", ["/venv/*"]),
    ("/venv/bin/pip install x", None, []),
    ("pip3 install -t deps -r r.txt", "pip install", ["/w/deps/*"]),
    ("pip install x", None, []),
    ("pip install -e .", None, []),
    ("./configure --prefix=/usr", "configure", []),
    ("./build.sh", None, []),
    ("python3 setup.py build", None, []),
    ("echo go build -o x", None, []),
]  # fmt: skip


@pytest.mark.parametrize(("command", "kind", "outputs"), MAKERS, ids=[row[0] for row in MAKERS])
def test_what_a_command_makes(command: str, kind: str | None, outputs: list[str]) -> None:
    fat = fat_of(f"FROM golang:1.21\nWORKDIR /w\nCOPY . .\nRUN {command}\n", main_go="")
    (statement,) = of_run(fat)
    made = recognised(statement, fat)
    assert (made.kind if made else None) == kind
    assert [one.path + ("/*" if one.folder else "") for one in (made.outputs if made else ())] == outputs


def test_the_module_names_the_program() -> None:
    fat = fat_of("FROM golang:1.21\nCOPY . /w\nRUN cd /w && go build\n", go_mod="module example.com/x/server/v3\n")
    made = recognised(of_run(fat)[-1], fat)
    assert made is not None
    assert [one.path for one in made.outputs] == ["/w/server"]


def test_folders_variables_and_places_are_followed() -> None:
    run = "set -e; \\\n    # say\n    cd sub && export CGO_ENABLED=0 && \\\n    go build -o ../$NAME . > log 2>&1"
    fat = fat_of(f"FROM golang:1.21\nARG NAME=app\nWORKDIR /w\nRUN {run}\n")
    found = of_run(fat)
    assert [one.program for one in found] == ["set", "cd", "export", "go"]
    last = found[-1]
    assert (last.folder, last.words[3], last.writes) == ("/w/sub", "../app", ("log",))
    assert last.variables["CGO_ENABLED"] == "0"
    assert (last.span.line, last.span.column) == (7, 5)
    assert all(one.chained for one in found)


@pytest.mark.parametrize(
    "command", ["if true; then go build; fi", "go build | tee log", "(go build)", "go build || true", "go build &"]
)
def test_what_is_no_plain_list_of_commands_is_one_without_words(command: str) -> None:
    fat = fat_of(f"FROM golang:1.21\nRUN {command}\n")
    assert [(one.words, one.chained) for one in of_run(fat)] == [((), False)]


SHAPES = [
    ("go build -o app . && mv app /usr/local/bin/", ["/w/app", "/usr/local/bin/app"]),
    ("go build -o app . && cp app /srv/app", ["/w/app", "/srv/app"]),
    ("go build -o app . && install -D -m 755 app /opt/x/app", ["/w/app", "/opt/x/app"]),
    ("make && cp build/app /usr/bin", ["/w/*", "/usr/bin/app"]),
    ("mvn package && mv target/x-*.jar /app.jar", ["/w/*", "/app.jar"]),
    ("go build -o app . && cp conf.yml /etc/x.yml && chmod 600 conf.yml", ["/w/app", "/etc/x.yml", "/w/conf.yml"]),
    ("mkdir -p data && go build", ["/w/data/*", "/w/w"]),
    ("go build -o app . && cp -r static /srv", None),
    ("go build -o app . && cp /etc/hosts /srv/", None),
    ("go build -o app . && ln -s /w/app /app", None),
    ("go build -o app . && rm conf.yml", None),
    ("go build -o app . && chown -R nobody .", None),
]


@pytest.mark.parametrize(("command", "outputs"), SHAPES, ids=[row[0] for row in SHAPES])
def test_what_puts_files_in_their_place(command: str, outputs: list[str] | None) -> None:
    fat = fat_of(f"FROM golang:1.21\nWORKDIR /w\nCOPY . .\nRUN {command}\n", main_go="", conf_yml="")
    found = steps(fat)
    assert isinstance(found, tuple)
    (step,) = found
    made = [one.path + ("/*" if one.folder else "") for made in step.made for one in made.outputs]
    assert (None if step.kept else made) == outputs


INSTALLS = [
    ("apt-get install -y gcc make", ["gcc", "make"], []),
    ("apt-get install -y --no-install-recommends -t x g++-12 curl=7 libssl-dev", ["g++-12", "libssl-dev"], ["curl=7"]),
    ("apk add --no-cache --virtual .build build-base ca-certificates", ["build-base"], ["ca-certificates"]),
    ("dnf -y install gcc-c++ tzdata", ["gcc-c++"], ["tzdata"]),
    ("apt-get install -y libssl3 unknown-thing", [], ["libssl3", "unknown-thing"]),
]  # fmt: skip


@pytest.mark.parametrize(("command", "build", "runtime"), INSTALLS, ids=[row[0] for row in INSTALLS])
def test_what_is_installed_for_the_build(command: str, build: list[str], runtime: list[str]) -> None:
    found = installation(of_run(fat_of(f"FROM debian:12\nRUN {command}\n"))[0])
    assert found is not None
    assert (list(found.build), list(found.runtime)) == (build, runtime)
    assert not set(found.runtime_text.split()) & set(build)


@pytest.mark.parametrize(
    "command", ["apt-get update", "apt-get purge -y gcc", "rm -rf /var/lib/apt/lists/*", "apk del .build"]
)
def test_housekeeping(command: str) -> None:
    assert is_housekeeping(of_run(fat_of(f"FROM debian:12\nRUN {command}\n"))[0])


@pytest.mark.parametrize(
    "command",
    ["apt-get purge -y curl", "rm -rf /etc/nginx", "rm -rf /var/lib/apt/lists/* /app", "apt-get install -y $X"],
)
def test_what_is_more_than_housekeeping(command: str) -> None:
    (statement,) = of_run(fat_of(f"FROM debian:12\nRUN {command}\n"))
    assert not is_housekeeping(statement)
    assert installation(statement) is None


COMMANDS = [
    ('ENTRYPOINT ["/a"]\nCMD ["b"]', [["/a", "b"]], False),
    ('CMD ["old"]\nENTRYPOINT /a x', [["/a", "x"]], True),
    ('CMD ["sh", "-c", "/a && exec /b $X"]', [["/a"], ["exec", "/b", None]], True),
    ('CMD ["x"]\nCMD ["y"]', [["y"]], False),
    ("ENV P=80\nCMD /a --port=$P", [["/a", "--port=80"]], True),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "words", "by_shell"), COMMANDS, ids=[row[0] for row in COMMANDS])
def test_what_an_image_runs(lines: str, words: list[list[str | None]], by_shell: bool) -> None:  # noqa: FBT001 - a row
    found = runs(fat_of(f"FROM debian:12\n{lines}\n"))
    assert isinstance(found, Runs), found
    assert [list(one.words) for one in found.commands] == words
    assert found.by_shell is by_shell


RELATIVES = [
    ("golang:1.21-bookworm", None, "debian:bookworm-slim"),
    ("golang:1.21", None, None),
    ("golang:1.21", Release("debian", "bookworm"), "debian:bookworm-slim"),
    ("golang:1.21-alpine3.18", None, "alpine:3.18"),
    ("rust:1.70-slim-bullseye", None, "debian:bullseye-slim"),
    ("node:18", None, "node:18-slim"),
    ("node:18-bookworm", None, "node:18-bookworm-slim"),
    ("node:18-alpine", None, None),
    ("python:3.12-bookworm", None, "python:3.12-slim-bookworm"),
    ("maven:3.9-eclipse-temurin-17", None, "eclipse-temurin:17-jre"),
    ("gradle:8-jdk21", None, "eclipse-temurin:21-jre"),
    ("gradle:8-jdk21-alpine", None, None),
    ("maven:3", None, None),
    ("maven:3.6-jdk-8", None, None),
    ("debian", None, "debian:stable-slim"),
    ("debian:bookworm-slim", None, None),
    ("ubuntu:22.04", None, None),
    ("golang@sha256:abc", Release("debian", "bookworm"), None),
    ("registry.example.com/golang:1.21-bookworm", None, None),
]  # fmt: skip


@pytest.mark.parametrize(("image", "release", "relative"), RELATIVES)
def test_relatives(image: str, release: Release | None, relative: str | None) -> None:
    found = slim_relative(image, release)
    assert (found[0] if found else None) == relative


def test_an_unknown_base_has_no_known_folder() -> None:
    assert base_of("golang:1.21").workdir == "/go"
    assert base_of("debian").workdir == "/"
    assert base_of("example.com/debian").workdir not in {"/", ""}


def test_folders_are_carried_whole_where_nothing_in_them_stays() -> None:
    kept = ["/a/x/1", "/a/x/y/2", "/a/z/3", "/a/4"]
    assert covered(kept, ["/a/z/main.go", "/a/main.go"]) == [("/a/x", True), ("/a/z/3", False), ("/a/4", False)]
    assert covered([], ["/a/b"]) == []


def test_a_folder_that_the_settings_of_a_server_name_is_kept() -> None:
    text = (
        "FROM nginx:1.25\nCOPY site.conf /etc/nginx/conf.d/default.conf\nCOPY . /build\nWORKDIR /build\n"
        "RUN npm run build && cp -r out/* /usr/share/nginx/html/\n"
    )
    for settings, kept in (("root /usr/share/nginx/html;", False), ("root /build/docs;", True)):
        decided = plan(fat_of(text, package_json="{}", site_conf=settings))
        assert isinstance(decided, Plan), decided
        assert ("/build" in {one.path for one in decided.carried}) is kept
        assert "/usr/share/nginx/html" in {one.path for one in decided.carried}
