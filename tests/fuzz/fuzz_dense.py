"""Small repositories in which every command is about what came out of an image: one builder, one or two commands.

`fuzz_script` composes what scripts look like, and so most of a script is about other things. Here a folder comes out of
an image in one of ten ways, and then something is done in it, under a path that may be written in several ways. What
the runtime copies is composed the same way: patterns, several sources, owners, ignore files.
"""

from __future__ import annotations

import posixpath
import random
from pathlib import Path
from typing import TYPE_CHECKING

from fuzz_repo import Repo
from fuzz_tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable

BUILDER = """FROM alpine:latest
RUN mkdir -p /out/lib/private /out/web/css /out/empty && echo a > /out/app && chmod 755 /out/app
RUN echo s > /out/lib/a.so && echo p > /out/lib/private/p && chmod 700 /out/lib/private
RUN echo i > /out/web/index.html && echo c > /out/web/css/site.css && chown -R 1000:1000 /out/web
RUN ln -s app /out/soft
"""
CHECKOUT = {
    "Dockerfile.build": BUILDER,
    "README.md": "# a\n",
    "conf/app.conf": "a=1\n",
    "conf/lib/own": "own\n",
    "src/main.c": "int main;\n",
    "src/web/x": "x\n",
    "static/index.html": "h\n",
}
FILES = ("app", "lib/a.so", "lib/private/p", "web/index.html", "web/css/site.css")
FOLDERS = ("lib", "lib/private", "web", "web/css", "empty")
# How the folder comes to the host, and where it is then.
WAYS = (
    ("docker cp c:/out dist", "dist"),
    ("docker cp c:/out/. conf", "conf"),
    ("docker cp c:/out dist\ndocker cp c:/out dist", "dist/out"),
    ("mkdir d\ndocker cp c:/out/lib d/lib\ndocker cp c:/out/. d", "d"),
    ("docker cp c:/out - | tar x", "out"),
    ("mkdir -p x/y\ndocker cp c:/out x/y/z", "x/y/z"),
    ("docker cp c:/out dist\ncp -a dist e2", "e2"),
    ("docker cp c:/out dist\nmkdir w\ncp -r dist/. w/", "w"),
    ("docker cp c:/out dist\nmv dist w", "w"),
    ("docker run --rm b tar c -C / out | tar x", "out"),
    ("docker cp c:/out/. .", "."),
)
# One a line: {f} a file and {d} a folder out of the image, {h} a file and {k} a folder of the checkout, {a} any of
# these, {b} a folder of either, {n} a new name, {e} a folder into which things go, {l} a name in the image's folder.
COMMANDS = tuple(Path(__file__).with_name("dense.txt").read_text(encoding="utf-8").splitlines())


def image() -> Tree:
    """What the builder's image holds."""
    tree = Tree()
    for path in FILES:
        tree.add(f"out/{path}", "file")
    tree.add("out/empty", "folder")
    tree.add("out/soft", "link")
    tree.links["out/soft"] = "app"
    return tree


class _Dense:
    """One repository."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - nothing secret
        way, self.top = self.random.choice(WAYS)
        self.lines = [
            "docker build -t b -f Dockerfile.build .",
            "docker create --name c b",
            *way.split("\n"),
            "mkdir -p e",
        ]

    def inside(self, path: str) -> str:
        """A path of the image's folder as it stands on the host."""
        return path if self.top == "." else f"{self.top}/{path}"

    def spelt(self, path: str) -> str:
        """The path, now and then by a way around."""
        ways = (f"./{path}", f"conf/../{path}", f'"$PWD"/{path}', path.replace("/", "//", 1), f"./src/../{path}")
        return self.random.choice((*ways, path, path, path))

    def command(self) -> str:
        """One thing that is done."""
        pick = self.random.choice
        file, folder = (lambda: self.inside(pick(FILES))), (lambda: self.inside(pick(FOLDERS)))
        found: dict[str, Callable[[], str]] = {
            "f": file,
            "d": folder,
            "h": lambda: pick(("README.md", "conf/app.conf", "src/main.c")),
            "k": lambda: pick(("conf", "src", "static")),
            "a": lambda: pick((file(), file(), "README.md", folder())),
            "b": lambda: pick((folder(), folder(), "conf", "src", "static")),
            "n": lambda: pick(
                ("n1", "n2", "src/n3", self.inside("n4"), self.inside("lib/n5"), self.inside("empty/n7"))
            ),
            "e": lambda: pick(
                ("e", "src", "conf", self.inside("web"), self.inside("empty"), self.inside("lib/private"))
            ),
        }
        text = pick(COMMANDS)
        for letter, choose in found.items():
            while f"{{{letter}}}" in text:
                text = text.replace(f"{{{letter}}}", self.spelt(choose()), 1)
        return text.replace("{l}", pick(FILES))

    def caught(self, command: str) -> str:
        """The command where what fails does not end the script."""
        return command if "||" in command else f"{command} || true"


def compose_host(seed: int) -> Repo:
    """A repository of which the script does one to three things on the host."""
    one = _Dense(seed)
    strict = one.random.random() < 0.5
    commands = [one.command() for _ in range(one.random.choice((1, 1, 2, 2, 3)))]
    lines = ["set -e"] * strict + one.lines + [one.caught(line) if strict else line for line in commands]
    texts = {**CHECKOUT, "Dockerfile": "FROM alpine:latest\nCOPY . /app/\n"}
    return Repo((*lines, "docker build -t app ."), texts, ("app",), trees={"b": image()})


def compose_context(seed: int) -> Repo:
    """A repository of which the runtime takes what came out by all kinds of COPY, now and then under an ignore file."""
    one = _Dense(seed)
    commands = [one.caught(one.command()) for _ in range(one.random.choice((0, 0, 0, 1, 1, 2)))]
    context = "." if one.top == "." else one.random.choice((".", ".", ".", ".", one.top, "conf", "e"))
    texts = {**CHECKOUT, "Dockerfile": _recipe(one, context)}
    if one.random.random() < 0.35:
        texts[".dockerignore"] = _ignored(one)
    build = "docker build -t app ." if context == "." else f"docker build -t app -f Dockerfile {context}"
    return Repo(("set -e", *one.lines, *commands, build), texts, ("app",), trees={"b": image()})


def _recipe(one: _Dense, context: str) -> str:
    chance, pick = one.random.random, one.random.choice
    base = pick(("alpine", "alpine", "alpine:latest", "b", "scratch"))
    body = [_copy(one, context) for _ in range(pick((1, 1, 2, 2, 3)))]
    if chance() < 0.4:
        body.insert(0, f"WORKDIR {pick(('/srv', '/x', '/a/b', '/root'))}")
    if chance() < 0.15:
        body.insert(one.random.randrange(len(body) + 1), "USER nobody")
    if base != "scratch" and chance() < 0.25:
        made = ("mkdir -p /x/lib && chmod 700 /x/lib", "mkdir -p /app && chown 1000 /app", "mkdir -m 711 -p /opt/z")
        body.insert(one.random.randrange(len(body) + 1), f"RUN {pick(made)}")
    if chance() < 0.15:
        body.append("VOLUME /x")
    return "\n".join((f"FROM {base}", *body)) + "\n"


def _copy(one: _Dense, context: str) -> str:
    pick = one.random.choice
    sources = [_source(one, context) for _ in range(pick((1, 1, 1, 2, 3)))]
    if one.random.random() < 0.15:
        sources = ["."]
    place = pick(
        ("/x/", "/x/", "/x", "/app/y/", "./", "rel/", "rel", "/opt/z/w/", "/usr/local/bin/", "/etc/app", ".", "/")
    )
    if len(sources) > 1 or any(mark in source for source in sources for mark in "*?"):
        place = place.rstrip("/") + "/"
    word = f"{pick(('COPY', 'COPY', 'COPY', 'ADD'))} {pick(('', '', '', '', '--chown=1000:1000 ', '--chown=nobody '))}"
    if one.random.random() < 0.1:
        return word + "[" + ", ".join(f'"{each}"' for each in (*sources, place)) + "]"
    return f"{word}{' '.join(sources)} {place}"


def _source(one: _Dense, context: str) -> str:
    pick = one.random.choice
    here = [one.inside(path) for path in (*FILES[:4], *FOLDERS)] + [
        "conf",
        "src",
        "README.md",
        "conf/app.conf",
        "static",
        "e",
    ]
    path = pick((*here, *([one.top] * 2 if one.top != "." else [])))
    if context != ".":
        inner = path.removeprefix(f"{context}/")
        path = inner if inner != path else "." if path == context else pick((".", "lib", "web", "app"))
    shortened = f"{path[:-1]}?" if len(path) > 2 and not path.endswith(".") else path
    return pick(
        (f"./{path}", f"/{path}", f"{path}/", f"{path}/.", posixpath.join(path, "*"), shortened, path, path, path)
    )


def _ignored(one: _Dense) -> str:
    own = [one.inside(path) for path in ("lib", "web/css", "lib/private", "*")]
    shut = [
        "*.so",
        "**/*.so",
        "**/css",
        "conf",
        "*.md",
        "**/p",
        "src/web",
        "e",
        "README.md",
        "*",
        "**/lib",
        "static/*",
        "*/app",
    ]
    let = [f"!{one.inside('app')}", f"!{one.inside('lib')}", "!conf", "!**/*.conf", "!static/index.html"]
    lines = [one.random.choice((*own, *shut, *let)) for _ in range(one.random.choice((1, 1, 2, 2, 3)))]
    return "\n".join(lines) + "\n"
