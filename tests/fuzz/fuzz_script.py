"""Random build scripts over random Dockerfiles: the builder pattern in any order and style."""

from __future__ import annotations

import posixpath
import re
import shlex
from random import Random

from fuzz_moves import move
from fuzz_recipes import Recipe, builder, runtime
from fuzz_repo import Repo
from fuzz_tree import Tree

REPOSITORY = {
    "README.md": "# sample\n",
    "VERSION": "1.4.2\n",
    "conf/app.conf": "port=8080\n",
    "conf/db.conf": "host=db\n",
    "static/index.html": "<p>repo</p>\n",
    "static/css/site.css": "p {}\n",
    "src/main.c": "int main(void) { return 0; }\n",
    "src/lib/one.c": "int one;\n",
    "scripts/entry.sh": "#!/bin/sh\nexec /app/app\n",
}
_IGNORES = ("*.md\n", "conf\n!conf/app.conf\n", "**/*.c\n", "static/css\n", "*\n!src\n!conf\n", ".git\n*.log\n", "dist\n", "build.sh\nDockerfile*\n")


def compose(seed: int) -> Repo:
    """The repository of a seed; the same seed gives the same repository."""
    return _Composer(Random(seed)).compose()


class _Composer:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.texts = dict(REPOSITORY)
        self.lines: list[str] = []
        self.host = Tree()
        self.hot: list[str] = []
        self.names = 0
        self.targets: list[str] = []
        self.containers: list[str] = []
        self.builders: list[tuple[str, Tree]] = []

    def compose(self) -> Repo:
        random = self.random
        for path in self.texts:
            self.host.add(path, "file")
        if random.random() < 0.3:
            self.texts[".dockerignore"] = random.choice(_IGNORES)
        self.lines += random.choice([["set -e"]] * 4 + [["set -eu"], ["set -euo pipefail"], ["set -ex"], []])
        if random.random() < 0.2:
            self.lines.append(random.choice(['cd "$(dirname "$0")"', "umask 022", "umask 027", "export DOCKER_BUILDKIT=1", "trap 'docker ps >/dev/null' EXIT"]))
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
        return Repo(tuple(self.lines), self.texts, tuple(self.targets))

    def _style(self) -> None:
        """Some neighbouring lines become a function, a group or a branch; nothing they do changes."""
        random = self.random
        if random.random() > 0.3 or len(self.lines) < 5:
            return
        first = random.randint(1, len(self.lines) - 2)
        last = random.randint(first, min(len(self.lines) - 1, first + 4))
        body = "\n".join(self.lines[first : last + 1])
        text = random.choice([
            f"step() {{\n{body}\n}}\nstep",
            f"function step {{\n{body}\n}}\nstep",
            f"{{\n{body}\n}}",
            f"if [ -f README.md ] || true; then\n{body}\nfi",
            f"for round in once; do\n{body}\ndone",
            f"case x in\nx)\n{body}\n;;\nesac",
        ])  # fmt: skip
        self.lines[first : last + 1] = [text]

    # --- words --------------------------------------------------------------------------------------------

    def said(self, text: str) -> str:
        """The text as a word of the script: literal, quoted, or through a variable."""
        random = self.random
        roll = random.random()
        plain = re.fullmatch(r"[\w./:@%+,=-]+", text) is not None
        if roll < 0.6 and plain:
            return text
        if roll < 0.75:
            return shlex.quote(text) if not plain else f'"{text}"'
        self.names += 1
        name = random.choice(["IMG", "OUT", "P", "name"]) + str(self.names)
        value = shlex.quote(text)
        self.lines.append(random.choice([f"{name}={value}"] * 16 + [f"export {name}={value}"] * 3 + [f'{name}="${{{name}:-{text}}}"' if plain else f"{name}={value}"]))
        return random.choice([f'"${name}"', f'"${{{name}}}"']) if not plain else random.choice([f"${name}", f'"${name}"', f"${{{name}}}"])

    # --- builds -------------------------------------------------------------------------------------------

    def _build(self, tag: str, recipe: Recipe, file: str, context: str = ".") -> None:
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
        context = self.said(context) if random.random() < 0.3 and "$" not in context else context
        at = random.choice([len(options), len(options), 0, len(options) - 1])
        options.insert(at, context)
        line = random.choice(["docker build", "docker build", "docker image build"]) + " " + " ".join(options)
        self.lines.append(line)

    def _builder(self, number: int, earlier: tuple[str, Tree] | None) -> tuple[str, Tree]:
        random = self.random
        chained = earlier is not None and random.random() < 0.3
        recipe = builder(random, earlier[0], earlier[1]) if earlier and chained else builder(random)
        tag = random.choice(["work/builder", "b", "app:build"]) + (str(number) if number else "")
        file = random.choice(["Dockerfile.build", "Dockerfile.build", "docker/build.Dockerfile"]) + (str(number) if number else "")
        if random.random() < 0.25 and not chained:
            file = f"builder{number}/Dockerfile"
            for path in ("src/main.c", "src/lib/one.c", "notes.md"):
                self.texts[f"builder{number}/{path}"] = f"other {path}\n"
                self.host.add(f"builder{number}/{path}", "file")
            self._build(tag, recipe, file, f"builder{number}")
        else:
            self._build(tag, recipe, file)
        self.texts[file] = recipe.text
        self.host.add(file, "file")
        self.builders.append((tag, recipe.tree))
        if random.random() < 0.15:
            self._run_work(tag, recipe)
        else:
            self._out_by_container(tag, recipe)
        return tag, recipe.tree

    def _runtime(self, number: int) -> None:
        random = self.random
        tag = random.choice(["app", "work/app:1.0", "registry.local:5000/x/app:latest"]) + ("" if not number else "-two" )
        if ":latest-two" in tag:
            tag = "registry.local:5000/x/app:two"
        context, file = ".", random.choice(["Dockerfile", "Dockerfile", "docker/Dockerfile"])
        folders = [path for path in self.hot if self.host.kind(path) == "folder" and path not in ("static", "conf", "src")]
        if random.random() < 0.2:
            context, file = "deploy", "deploy/Dockerfile"
            chosen = [path for path in self.hot if self.host.kind(path)]
            for path in random.sample(chosen, min(len(chosen), random.randint(1, 2))) if chosen else ():
                place = posixpath.join("deploy", posixpath.basename(path))
                if self.host.kind(path) is None or posixpath.normpath(path) == "." or place.startswith(path + "/") or path.startswith("deploy"):
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
        self.lines.append(random.choice(["ctx=$(mktemp -d)", "ctx=tmp-ctx; mkdir -p tmp-ctx", "ctx=`mktemp -d`", 'mkdir -p tmp-ctx\nctx="$PWD/tmp-ctx"']))
        self.host.add("tmp-ctx", "folder")
        present = [path for path in (*self.hot, "conf", "README.md", "static") if self.host.kind(path) and not path.startswith("tmp-ctx")]
        for path in random.sample(present, min(len(present), random.randint(1, 3))):
            self.lines.append(random.choice(["cp -r", "cp -a"]) + f" {shlex.quote(path)} " + random.choice(['"$ctx"', "$ctx/", '"$ctx/"']))
            self.host.graft(self.host.copy(), path, "tmp-ctx/" + posixpath.basename(path))
            self.hot.append("tmp-ctx/" + posixpath.basename(path))
        return "tmp-ctx"

    # --- ways out -----------------------------------------------------------------------------------------

    def _created(self, tag: str, *options: str, command: str = "") -> str:
        """A line that makes a container; the word that names it afterwards."""
        random = self.random
        self.names += 1
        image = self.said(tag)
        if random.random() < 0.5:
            name = f"c{self.names}"
            word = self.said(name)
            words = ["docker create", *options, random.choice([f"--name {word}", f"--name={word}"]), image, command]
            self.lines.append(" ".join(w for w in words if w) + random.choice(["", " >/dev/null", " > /dev/null 2>&1"]))
            self.containers.append(word)
            return word
        variable = f"id{self.names}"
        words = ["docker", random.choice(["create", "container create"]), *options, image, command]
        body = " ".join(w for w in words if w)
        self.lines.append(random.choice([f"{variable}=$({body})", f'{variable}="$({body})"', f"{variable}=`{body}`"]))
        word = random.choice([f"${variable}", f'"${variable}"', f"${{{variable}}}"])
        self.containers.append(word)
        return word

    def _out_by_container(self, tag: str, recipe: Recipe) -> None:
        random = self.random
        word = self._created(tag)
        if random.random() < 0.15:
            source = random.choice(["README.md", "conf", "VERSION", "static/."])
            into = random.choice(["/out/", "/out/put", "/tmp"])
            if not (source == "static/." and into == "/out/put"):
                self.lines.append(f"docker cp {source} {word}:{into}")
        for _ in range(random.randint(1, 3)):
            ways = [self._cp, self._cp, self._cp, self._cp_pipe, self._run_out, self._cp_loop]
            random.choice(ways)(word, tag, recipe)

    def _cp(self, word: str, tag: str, recipe: Recipe) -> None:
        random = self.random
        path = random.choice([p for p in recipe.tree.paths("file", "folder", "archive") if p.startswith("out")])
        if recipe.tree.kind(path) == "folder" and random.random() < 0.4:
            path += random.choice(["/.", "/"])
        base = posixpath.basename(path.rstrip("/."))
        place = random.choice([".", "./", base, f"./{base}", "dist", "dist/", f"dist/{base}", "build/out", "static", "conf", "conf/", "renamed", "README.md"])
        folder = posixpath.dirname(place.rstrip("/")) if not place.endswith("/") or recipe.tree.kind(path) == "folder" else place
        if place.rstrip("/") == "dist" and random.random() < 0.7:
            folder = "dist"
        if folder and self.host.kind(folder) is None:
            self.lines.append(random.choice([f"mkdir -p {folder}", f"mkdir -p {folder}", f"rm -rf {folder} && mkdir -p {folder}", f"[ -d {folder} ] || mkdir -p {folder}"]))
            self.host.add(folder, "folder")
        before = set(self.host.nodes)
        trial = self.host.copy()
        if not trial.docker_cp(recipe.tree, path, place):
            place = f"take{self.names}"
            self.names += 1
            trial = self.host.copy()
            if not trial.docker_cp(recipe.tree, path, place):
                return
        self.host = trial
        option = random.choice(["", "", "", "-L ", "-a "])
        inner = random.choice([f"/{path}", f"/{path}", path, f"//{path}", f"/usr/../{path}"])
        whole = self.said(inner) if " " in inner or random.random() < 0.2 else inner
        separate = shlex.quote(place) if " " in place else place
        self.lines.append(f"docker {random.choice(['cp', 'cp', 'container cp'])} {option}{word}:{whole} {separate}")
        self._found(before, place, base)

    def _cp_loop(self, word: str, tag: str, recipe: Recipe) -> None:
        _ = tag
        random = self.random
        names = [path for path in recipe.tree.paths("file", "folder") if posixpath.dirname(path) == "out" and " " not in path]
        if not names:
            return
        chosen = random.sample(names, random.randint(1, min(3, len(names))))
        folder = random.choice(["dist", "got", "deploy/files"])
        if self.host.kind(folder) is None:
            self.lines.append(f"mkdir -p {folder}")
            self.host.add(folder, "folder")
        before = set(self.host.nodes)
        words = " ".join(posixpath.basename(path) for path in chosen)
        line = random.choice([f"docker cp {word}:/out/$n {folder}/", f"docker cp {word}:/out/$n {folder}/$n", f'docker cp "{word.strip(chr(34))}:/out/${{n}}" "{folder}"'])
        self.lines.append(f"for n in {words}; do\n  {line}\ndone")
        for path in chosen:
            self.host.docker_cp(recipe.tree, path, folder + ("/" + posixpath.basename(path) if line.endswith("$n") else ""))
        self._found(before, folder)

    def _found(self, before: set[str], *more: str) -> None:
        fresh = sorted(set(self.host.nodes) - before)
        self.hot += [path for path in (*fresh, *more) if self.host.kind(path) and path not in self.hot and posixpath.normpath(path) != "."]

    def _cp_pipe(self, word: str, tag: str, recipe: Recipe) -> None:
        random = self.random
        folders = [p for p in recipe.tree.paths("folder") if p.startswith("out")]
        path = random.choice(folders)
        self.names += 1
        place = random.choice([f"un{self.names}", "static", "."])
        if self.host.kind(place) is None:
            self.lines.append(f"mkdir -p {place}")
            self.host.add(place, "folder")
        before = set(self.host.nodes)
        base = posixpath.basename(path)
        where = random.choice([f"-C {place}", f"--directory={place}"]) if place != "." else ""
        if random.random() < 0.5:
            self.lines.append(f"docker cp {word}:/{path} - | tar -x {where}".rstrip() + random.choice(["", " -f -"]))
            self.host.graft(recipe.tree, path, posixpath.join(place, base))
        else:
            parent, member = posixpath.dirname(path), base
            flags = random.choice([("cf -", "xf -"), ("-cf -", "-xf -"), ("c", "x"), ("czf -", "xzf -")])
            self.lines.append(f"docker run --rm {self.said(tag)} tar {flags[0]} -C /{parent} {member} | tar {flags[1]} {where}".rstrip())
            self.host.graft(recipe.tree, path, posixpath.join(place, base))
        self._found(before, posixpath.join(place, base))

    def _run_out(self, word: str, tag: str, recipe: Recipe) -> None:
        random = self.random
        path = random.choice([p for p in recipe.tree.paths("file") if p.startswith("out")] or ["etc/passwd"])
        self.names += 1
        if random.random() < 0.6:
            place = random.choice([f"cat{self.names}", "VERSION", "conf/app.conf"])
            self.lines.append(f"docker run --rm {self.said(tag)} cat {shlex.quote('/' + path)} > {place}")
            if random.random() < 0.4:
                self.lines.append(f"chmod {random.choice(['+x', '755', '600'])} {place}")
            self.host.add(place, "file")
            self.hot.append(place)
            return
        place = f"vol{self.names}"
        mount = random.choice([f'-v "$PWD/{place}:/mnt"', f"-v $(pwd)/{place}:/mnt", f'--volume "${{PWD}}/{place}":/mnt'])
        self.lines.append(f"mkdir -p {place}")
        self.lines.append(f"docker run --rm {mount} {self.said(tag)} cp {shlex.quote('/' + path)} /mnt/")
        self.host.add(f"{place}/{posixpath.basename(path)}", "file")
        self.hot += [place, f"{place}/{posixpath.basename(path)}"]

    def _run_work(self, tag: str, recipe: Recipe) -> None:
        """Work done in a container: by its command, or by exec."""
        random = self.random
        before = set(self.host.nodes)
        work = "mkdir -p /out && echo done > /out/late"
        self.names += 1
        name = f"w{self.names}"
        kind = random.choice(["run", "run-d", "create-start", "env"])
        if kind == "run":
            self.lines.append(f'docker run --name {name} {self.said(tag)} sh -c "{work}"')
        elif kind == "env":
            self.lines.append(f"docker run -e WHAT=x -w /tmp --name {name} {tag} sh -c 'echo $WHAT > here; mkdir -p /out; cp here /out/late'")
        elif kind == "create-start":
            self.lines += [f'docker create --name {name} {tag} sh -c "{work}"', f"docker start -a {name}"]
        else:
            self.lines += [f"docker run -d --name {name} {tag} sleep 100", f'docker exec {name} sh -c "{work}"']
        recipe.tree.add("out/late", "file")
        self.lines.append(f"docker cp {name}:/out/late {random.choice(['late', '.', './late'])}")
        self.host.add("late", "file")
        self._found(before, "late")
        self.lines.append(f"docker rm -f {name}")

    # --- around -------------------------------------------------------------------------------------------

    def _moves(self, count: int) -> None:
        for _ in range(count):
            move(self.random, self.host, self.hot, self.lines)

    def _clean(self) -> None:
        random = self.random
        for word in dict.fromkeys(self.containers):
            if random.random() < 0.7:
                self.lines.append(random.choice([f"docker rm {word}", f"docker rm -f {word}", f"docker rm -f {word} >/dev/null || true"]))
        if random.random() < 0.3 and self.hot:
            self.lines.append("rm -rf " + shlex.quote(random.choice(self.hot)))
        if random.random() < 0.2:
            extra = random.choice(["release:1", "work/final"])
            self.lines.append(f"docker tag {self.targets[0]} {extra}")
            self.targets.append(extra)
