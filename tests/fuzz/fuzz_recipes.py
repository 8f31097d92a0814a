"""Random Dockerfiles: one that makes odd files, one that takes files in by every form of COPY."""

from __future__ import annotations

import json
import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fuzz_tree import Kind, Tree

if TYPE_CHECKING:
    from random import Random

# Shell text that makes something below /out, and what it makes.
MAKERS: tuple[tuple[str, dict[str, Kind]], ...] = (
    ("echo app > /out/app && chmod 755 /out/app", {"out/app": "file"}),
    ("echo tool > /out/tool && chmod 4755 /out/tool", {"out/tool": "file"}),
    ("echo secret > /out/key && chmod 0600 /out/key && chown 1000:1000 /out/key", {"out/key": "file"}),
    ("mkdir -p /out/web/css /out/web/img && echo i > /out/web/index.html && echo c > /out/web/css/site.css",
     {"out/web/css/site.css": "file", "out/web/img": "folder", "out/web/index.html": "file"}),
    ("mkdir -p /out/lib/private && echo a > /out/lib/a.so && echo p > /out/lib/private/p && chmod 700 /out/lib/private",
     {"out/lib/a.so": "file", "out/lib/private/p": "file"}),
    ("mkdir -p /out/data && echo d > /out/data/d.txt && chmod 1777 /out/data && chown -R 1000:1000 /out/data",
     {"out/data/d.txt": "file"}),
    ("mkdir -p /out/links && cd /out/links && echo t > target && ln -s target soft && ln target hard",
     {"out/links/target": "file", "out/links/hard": "file", "out/links/soft": "link"}),
    ("echo blank > '/out/two words.txt'", {"out/two words.txt": "file"}),
    ("mkdir -p /out/conf && echo built > /out/conf/app.conf && echo extra > /out/conf/extra.conf",
     {"out/conf/app.conf": "file", "out/conf/extra.conf": "file"}),
    ("mkdir -p /out/empty", {"out/empty": "folder"}),
    ("mkdir -p /pk/in; cd /pk; echo x > in/x; chown 1000 in/x; touch -d @9 in/x in; tar c in | gzip > /out/pkg.tar.gz",
     {"out/pkg.tar.gz": "archive"}),
    ("mkdir -p /out/jars && echo 1 > /out/jars/a.jar && echo 2 > /out/jars/b.jar && echo 3 > /out/jars/notes.txt",
     {"out/jars/a.jar": "file", "out/jars/b.jar": "file", "out/jars/notes.txt": "file"}),
    ("echo $VERSION > /out/version", {"out/version": "file"}),
    ("mkdir -p /out/static && echo s > /out/static/new.html && chmod 775 /out/static", {"out/static/new.html": "file"}),
    ("cp -r src /out/copied", {"out/copied": "folder", "out/copied/main.c": "file", "out/copied/lib/one.c": "file"}),
    ("ln -s /out/app /out/current && echo app > /out/app", {"out/app": "file", "out/current": "link"}),
)  # fmt: skip
LINKS = {"out/links/soft": "target", "out/current": "/out/app"}

# Each does something that the usual shell does not: it stops in a pipe, finds no pattern, wants every variable.
SHELLS = (["/bin/sh", "-eo", "pipefail", "-c"], ["/bin/sh", "-f", "-c"], ["/bin/sh", "-ec"])


@dataclass
class Recipe:
    """A Dockerfile under composition, its image's files, and the build arguments that it takes."""

    lines: list[str] = field(default_factory=list)
    tree: Tree = field(default_factory=Tree)
    arguments: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The Dockerfile's text."""
        return "\n".join(self.lines) + "\n"


def builder(random: Random, base: str = "alpine:latest", inherited: Tree | None = None) -> Recipe:
    """A Dockerfile that makes files below /out; `base` may be an image of the script's own."""
    recipe = Recipe(tree=inherited.copy() if inherited else Tree())
    if random.random() < 0.15 and inherited is None:
        recipe.lines += ["ARG BASE=latest", "FROM alpine:${BASE}"]
    else:
        recipe.lines.append(f"FROM {base}" + random.choice(["", "", " AS build"]))
    if random.random() < 0.4:
        recipe.lines.append(random.choice(["ARG VERSION=1.0", "ARG VERSION", "ENV VERSION=2.0"]))
        if recipe.lines[-1].startswith("ARG"):
            recipe.arguments["VERSION"] = random.choice(["3.1", "4-rc", "x y"])
    if random.random() < 0.7:
        recipe.lines.append(random.choice(["WORKDIR /src", "WORKDIR /work/src"]))
        recipe.lines.append(random.choice(["COPY . .", "COPY . .", "COPY src src", "COPY src/ ./src/", "ADD src src"]))
    else:
        recipe.lines += ["WORKDIR /src", "COPY src src"]
    if random.random() < 0.2:
        recipe.lines.append("RUN adduser -D -u 1000 dev 2>/dev/null || true")
    chosen = random.sample(MAKERS, random.randint(1, 4))
    commands = ["mkdir -p /out" + (" && chmod 750 /out" if random.random() < 0.1 else "")]
    commands += [f"({text})" if "cd " in text else text for text, _ in chosen]
    joined = random.random() < 0.8  # each RUN costs the engine a container
    if random.random() < 0.05:  # BuildKit alone knows it
        recipe.lines += ["RUN <<MAKE", "set -e", *commands, "MAKE"]
    else:
        recipe.lines += ["RUN " + " \\\n && ".join(commands)] if joined else [f"RUN {text}" for text in commands]
    for _, made in chosen:
        for path, kind in made.items():
            recipe.tree.add(path, kind)
            if path in LINKS:
                recipe.tree.links[path] = LINKS[path]
    recipe.tree.add("out", "folder")
    if random.random() < 0.2:
        recipe.lines.append(
            random.choice(["WORKDIR /out", "USER 1000", "VOLUME /data", "ENV MODE=build", "USER nobody"])
        )
    if random.random() < 0.3:
        recipe.lines.append(random.choice(['CMD ["sh"]', "CMD echo done", "LABEL role=builder", "STOPSIGNAL SIGINT"]))
    if random.random() < 0.08:
        recipe.lines.append(random.choice([
            "ONBUILD RUN mkdir -p /out && echo again > /out/again", "ONBUILD COPY VERSION /out/", "ONBUILD ENV AGAIN=1",
        ]))  # fmt: skip
    if random.random() < 0.08:  # behind FROM, or as the last word
        recipe.lines.insert(
            random.choice([_behind_from(recipe), len(recipe.lines)]), f"SHELL {json.dumps(random.choice(SHELLS))}"
        )
    return recipe


def _behind_from(recipe: Recipe) -> int:
    return next(number for number, line in enumerate(recipe.lines, 1) if line.startswith("FROM "))


def runtime(random: Random, host: Tree, hot: list[str], base: str | None = None) -> Recipe:
    """A Dockerfile that copies some of the host's paths; those of `hot` (what came out of containers) rather."""
    recipe = Recipe()
    staged = random.random() < 0.12
    if staged:
        recipe.lines += [
            "FROM alpine:latest AS prep",
            "RUN mkdir -p /prep/in && echo p > /prep/in/p && chmod 640 /prep/in/p",
        ]
    if staged and random.random() < 0.3:
        recipe.lines.append("FROM prep")
    elif random.random() < 0.12 and not staged and base is None:
        recipe.lines += ["ARG TAG=latest", "FROM alpine:$TAG"]
    else:
        recipe.lines.append("FROM " + (base or random.choice(["alpine:latest"] * 4 + ["scratch", "alpine"])))
    if random.random() < 0.3:
        recipe.lines.append(
            random.choice(["ARG VERSION=9", "ARG VERSION", "ENV APP_HOME=/srv/app", "LABEL a=b", "USER nobody"])
        )
    if random.random() < 0.5:
        recipe.lines.append(random.choice(["WORKDIR /app", "WORKDIR /root/", "WORKDIR /srv"]))
    shell = not any(line == "FROM scratch" for line in recipe.lines)
    if random.random() < 0.25 and shell:
        recipe.lines.append(
            random.choice(["RUN mkdir -p /app/bin /etc/app", "RUN mkdir -p /app/conf && chmod 700 /app/conf"])
        )
    for _ in range(random.randint(1, 3)):
        recipe.lines.append(_copy(random, host, hot))
    if random.random() < 0.03:
        recipe.lines += random.choice([["COPY <<NOTE /etc/note", "said here", "NOTE"], ["COPY <<NOTE a.txt", "NOTE"]])
    if staged:
        recipe.lines.append(random.choice(["COPY --from=prep /prep /prep", "COPY --from=0 /prep/in/p /etc/"]))
    if random.random() < 0.15:
        recipe.lines += random.choice(
            [
                ["ARG WHERE=/srv/w", f"COPY {_any(random, host)} $WHERE/"],
                ["ENV DIR=/data/in", f"COPY {_any(random, host)} ${{DIR}}/"],
                [f"ARG SOURCE={_any(random, host)}", "COPY $SOURCE /etc/"],
            ]
        )
    if random.random() < 0.15 and shell:
        recipe.lines.append(
            random.choice(
                ["RUN chmod -R a+rX /app 2>/dev/null || true", "RUN find / -xdev -name '*.conf' | sort > /found"]
            )
        )
    if random.random() < 0.5:
        recipe.lines.append(
            random.choice(['CMD ["./app"]', 'ENTRYPOINT ["/app"]', "EXPOSE 80", "VOLUME /data", "USER 1000"])
        )
    if random.random() < 0.04 and shell:
        recipe.lines.append(random.choice(["HEALTHCHECK NONE", f"SHELL {json.dumps(SHELLS[0])}\nCMD false | true"]))
    return recipe


def _any(random: Random, host: Tree) -> str:
    paths = [path for path in host.paths("file", "folder") if " " not in path]
    return random.choice(paths) if paths else "."


def _copy(random: Random, host: Tree, hot: list[str]) -> str:
    keyword = random.choice(["COPY"] * 5 + ["ADD"])
    flags = random.choice([""] * 6 + ["--chown=1000:1000 ", "--chown=nobody "])
    present = [path for path in hot if host.kind(path)]
    pool = present * 3 + host.paths("file", "folder", "archive")
    pool = [path for path in pool if path and not path.endswith((".sh", "Dockerfile", ".build"))] or ["."]
    roll = random.random()
    if roll < 0.12:
        return f"{keyword} {flags}. " + random.choice([".", "./", "/app", "/app/"])
    if roll < 0.22:
        one = random.choice(pool)
        folder = posixpath.dirname(one)
        ending = "*." + one.rsplit(".", 1)[-1] if "." in posixpath.basename(one) else posixpath.basename(one)[:1] + "*"
        pattern = random.choice(["*", ending, ending, ending, "a*", "[a-k]*"]).replace(" ", "?")
        return f"{keyword} {flags}{posixpath.join(folder, pattern)} " + random.choice(["/app/", "./", "conf/"])
    if roll < 0.35:
        sources = list(dict.fromkeys(random.choice(pool) for _ in range(random.randint(2, 3))))
        words = [*sources, random.choice(["/app/", "./", "/etc/app/"])]
        return f"{keyword} {flags}{_words(random, words)}"
    source = random.choice(pool)
    name = posixpath.basename(source)
    places = [
        "/app/",
        f"/app/{name}",
        ".",
        "./",
        "/usr/local/bin/",
        "/opt/x/y/",
        f"/srv/{name}",
        "/",
        "/etc/",
        name,
        "/app/renamed",
    ]
    if host.kind(source) == "folder" and random.random() < 0.4:
        source += random.choice(["/", "/."])
    elif random.random() < 0.05 and host.kind(source) == "file":
        flags += random.choice(["--chmod=640 ", "--chmod=0755 ", "--chmod=4711 "])
    if random.random() < 0.1:
        source = random.choice(["./", "/"]) + source
    return f"{keyword} {flags}{_words(random, [source, random.choice(places)])}"


def _words(random: Random, words: list[str]) -> str:
    if any(" " in word for word in words) or random.random() < 0.08:
        return json.dumps(words)
    return " ".join(words)
