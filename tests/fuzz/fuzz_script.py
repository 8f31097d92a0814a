"""Random build scripts over random Dockerfiles: the builder pattern in any order and style."""

from __future__ import annotations

import posixpath
import shlex
from random import Random

from fuzz_moves import move
from fuzz_recipes import Recipe, builder, runtime
from fuzz_repo import Repo
from fuzz_says import around, by_stream
from fuzz_style import Styles
from fuzz_tree import Tree
from fuzz_ways import Ways

_IGNORES = (
    "*.md\n",
    "conf\n!conf/app.conf\n",
    "**/*.c\n",
    "static/css\n",
    "*\n!src\n!conf\n",
    ".git\n*.log\n",
    "dist\n",
    "build.sh\nDockerfile*\n",
    "**/css\n",
    "# nothing yet\n\n*.tmp\n",
    "*\n!dist\n!out\n!conf/*.conf\n",
    "src/**\n!src/lib\n",
    "**/*.txt\n!**/d.txt\n",
    "conf/*.conf\nscripts\n",
    "/static/index.html\n./VERSION\n",
)


def compose(seed: int) -> Repo:
    """The repository of a seed; the same seed gives the same repository."""
    return _Composer(Random(seed)).compose()  # noqa: S311  # repeatable, not secret


class _Composer(Ways):
    def compose(self) -> Repo:
        random = self.random
        for path in self.texts:
            self.host.add(path, "file")
        if random.random() < 0.3:
            self.texts[".dockerignore"] = random.choice(_IGNORES)
        self.lines += random.choice([["set -e"]] * 4 + [["set -eu"], ["set -euo pipefail"], ["set -ex"], []])
        if random.random() < 0.2:
            self.lines.append(
                random.choice(
                    [
                        'cd "$(dirname "$0")"',
                        "umask 022",
                        "umask 027",
                        "export DOCKER_BUILDKIT=1",
                        "trap 'docker ps >/dev/null' EXIT",
                    ]
                )
            )
        if random.random() < 0.2:
            self._moves(1)
        earlier: tuple[str, Tree] | None = None
        for number in range(random.choice([1, 1, 1, 2])):
            earlier = self._builder(number, earlier)
            if random.random() < 0.6:
                self._moves(random.randint(1, 2))
        for number in range(random.choice([1, 1, 1, 1, 2])):
            self._runtime(number)
        self._clean()
        self._style()
        self._front()
        return Repo(tuple(self.lines), self.texts, tuple(self.targets), self.args, self.env, self.trees, self.front)

    def _style(self) -> None:
        """Some lines are said in another way; nothing they do changes."""
        styles = Styles(self.random, self.lines, self.texts)
        styles.some()
        self.args, self.env = styles.args, styles.env

    # --- builds -------------------------------------------------------------------------------------------

    def _build(self, tag: str, recipe: Recipe, file: str, context: str = ".", target: str | None = None) -> None:
        random = self.random
        options = [random.choice(["-t ", "--tag ", "--tag="]) + self.said(tag)]
        if file != posixpath.join(context, "Dockerfile") or random.random() < 0.2:
            options.append(random.choice(["-f ", "--file ", "--file="]) + self.said(file))
        for name, value in recipe.arguments.items():
            if random.random() < 0.6:
                options.append(f"--build-arg {name}=" + self.said(value))
        if random.random() < 0.2:
            options.append(random.choice(["-q", "--rm", "--force-rm", "--label v=1", "--pull=false"]))
        random.shuffle(options)
        if target:
            options.append(random.choice(["--target ", "--target="]) + target)
        where = context
        context = self.said(context) if random.random() < 0.3 and "$" not in context else context
        if random.random() < 0.04:
            self.texts[f"{file}.dockerignore"] = random.choice(_IGNORES)
        if random.random() < 0.06 and "$" not in where:
            named = [option for option in options if not option.startswith(("-f", "--file"))]
            line = by_stream(random, named, where, recipe.text, file)
            if line is not None:
                self.lines.append(line)
                return
        at = random.choice([len(options), len(options), 0, len(options) - 1])
        options.insert(at, context)
        line = random.choice(["docker build", "docker build", "docker image build"]) + " " + " ".join(options)
        roll = random.random()
        if roll < 0.05:
            line = around(random, line, context, file)
        elif roll < 0.12:
            self.names += 1
            name = f"built{self.names}"
            line, self.ids[tag] = random.choice([
                (f"{name}=$({line} -q)", f"${name}"),
                (f'{name}="$({line} --quiet)"', f'"${{{name}}}"'),
                (f"{line} --iidfile {name}.id", f"$(cat {name}.id)"),
                (f"{line} --iidfile={name}.id\n{name}=$(cat {name}.id)", f"${name}"),
            ])  # fmt: skip
        self.lines.append(line)

    def _joint(self, recipe: Recipe, stage: str) -> str | None:
        """A stage to ask for: one recipe with the image of the builder and another behind it."""
        if not stage or self.random.random() > 0.3:
            return None
        recipe.lines += ["", "FROM alpine:latest AS other", "RUN exit 9"]  # which nobody asks for
        return stage

    def _builder(self, number: int, earlier: tuple[str, Tree] | None) -> tuple[str, Tree]:
        random = self.random
        chained = earlier is not None and random.random() < 0.3
        recipe = builder(random, earlier[0], earlier[1]) if earlier and chained else builder(random)
        tag = random.choice(["work/builder", "b", "app:build"]) + (str(number) if number else "")
        stage = "build" if " AS build" in recipe.text else ""
        file = random.choice(["Dockerfile.build", "Dockerfile.build", "docker/build.Dockerfile"]) + (
            str(number) if number else ""
        )
        if random.random() < 0.25 and not chained:
            file = f"builder{number}/Dockerfile"
            for path in ("src/main.c", "src/lib/one.c", "notes.md"):
                self.texts[f"builder{number}/{path}"] = f"other {path}\n"
                self.host.add(f"builder{number}/{path}", "file")
            self._build(tag, recipe, file, f"builder{number}", self._joint(recipe, stage))
        else:
            self._build(tag, recipe, file, target=self._joint(recipe, stage))
        self.texts[file] = recipe.text
        self.host.add(file, "file")
        self.builders.append((tag, recipe.tree))
        self.trees[tag] = recipe.tree.copy()
        if random.random() < 0.15:
            self._run_work(tag, recipe)
        else:
            self._out_by_container(tag, recipe)
        return tag, recipe.tree

    def _runtime(self, number: int) -> None:
        random = self.random
        tag = random.choice(["app", "work/app:1.0", "registry.local:5000/x/app:latest"]) + (
            "" if not number else "-two"
        )
        if ":latest-two" in tag:
            tag = "registry.local:5000/x/app:two"
        context, file = ".", random.choice(["Dockerfile", "Dockerfile", "docker/Dockerfile"])
        folders = [
            path for path in self.hot if self.host.kind(path) == "folder" and path not in ("static", "conf", "src")
        ]
        if random.random() < 0.2:
            context, file = "deploy", "deploy/Dockerfile"
            chosen = [path for path in self.hot if self.host.kind(path)]
            for path in random.sample(chosen, min(len(chosen), random.randint(1, 2))) if chosen else ():
                place = posixpath.join("deploy", posixpath.basename(path))
                if (
                    self.host.kind(path) is None
                    or posixpath.normpath(path) == "."
                    or place.startswith(path + "/")
                    or path.startswith("deploy")
                ):
                    continue
                self.texts.setdefault("deploy/README", "deploy\n")
                self.host.add("deploy/README", "file")
                verb = random.choice(["cp -r", "cp -a", "mv", "cp -rp"])
                if verb == "mv" and self.host.kind(place):
                    verb = "cp -r"
                self.lines.append(f"{verb} {shlex.quote(path)} deploy/")
                self.host.graft(self.host.copy(), path, place)
                if verb == "mv":
                    self.host.remove(path)
        elif folders and random.random() < 0.1:
            context = random.choice(folders)
        elif random.random() < 0.15:
            context = self._temporary()
        file = file if not number else file + ".two"
        written = "$ctx" if context == "tmp-ctx" else context
        prefix = "" if context == "." else context.rstrip("/") + "/"
        seen = Tree({p.removeprefix(prefix): k for p, k in self.host.nodes.items() if p.startswith(prefix)})
        own = [self.builders[-1][0], *self.targets] if random.random() < 0.12 else []
        base = random.choice(own) if own else None
        if base in self.targets:
            self.targets.remove(base)  # what another image continues is a stage, not a target
        recipe = runtime(random, seen, [p.removeprefix(prefix) for p in self.hot if p.startswith(prefix)], base)
        if recipe.text.find("ARG VERSION") >= 0:
            recipe.arguments["VERSION"] = "5"
        self.texts[file] = recipe.text
        self._build(tag, recipe, file, written)
        if written == "$ctx" and random.random() < 0.5:
            self.lines.append('rm -rf "$ctx"')
        self.targets.append(tag)

    def _temporary(self) -> str:
        """A context of its own, made beside the repository or in it, with some files in it."""
        random = self.random
        self.lines.append(
            random.choice(
                [
                    "ctx=$(mktemp -d)",
                    "ctx=tmp-ctx; mkdir -p tmp-ctx",
                    "ctx=`mktemp -d`",
                    'mkdir -p tmp-ctx\nctx="$PWD/tmp-ctx"',
                ]
            )
        )
        self.host.add("tmp-ctx", "folder")
        present = [
            path
            for path in (*self.hot, "conf", "README.md", "static")
            if self.host.kind(path) and not path.startswith("tmp-ctx")
        ]
        for path in random.sample(present, min(len(present), random.randint(1, 3))):
            self.lines.append(
                random.choice(["cp -r", "cp -a"])
                + f" {shlex.quote(path)} "
                + random.choice(['"$ctx"', "$ctx/", '"$ctx/"'])
            )
            self.host.graft(self.host.copy(), path, "tmp-ctx/" + posixpath.basename(path))
            self.hot.append("tmp-ctx/" + posixpath.basename(path))
        return "tmp-ctx"

    def _front(self) -> None:
        """The script may be a target of a Makefile, or what a script of package.json calls."""
        plain = not self.args and not self.env and not any("<<" in line or "\\\n" in line for line in self.lines)
        if (
            self.random.random() < 0.06
            and plain
            and not any(word in line for line in self.lines for word in ("LINENO", '"$0"'))
        ):
            self.front = self.random.choice(["make", "make", "package"])

    # --- around -------------------------------------------------------------------------------------------

    def _moves(self, count: int) -> None:
        for _ in range(count):
            move(self.random, self.host, self.hot, self.lines)

    def _clean(self) -> None:
        random = self.random
        for word in dict.fromkeys(self.containers):
            if random.random() < 0.7:
                self.lines.append(
                    random.choice(
                        [f"docker rm {word}", f"docker rm -f {word}", f"docker rm -f {word} >/dev/null || true"]
                    )
                )
        if random.random() < 0.3 and self.hot:
            self.lines.append("rm -rf " + shlex.quote(random.choice(self.hot)))
        if random.random() < 0.2:
            extra = random.choice(["release:1", "work/final"])
            self.lines.append(f"docker tag {self.targets[0]} {extra}")
            self.targets.append(extra)
