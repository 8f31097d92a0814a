"""How a random script gets something out of a container: docker cp, pipes, redirections, mounts, work at run time."""

from __future__ import annotations

import posixpath
import re
import shlex
from typing import TYPE_CHECKING

import fuzz_further
import fuzz_more_ways
from fuzz_tree import Tree

if TYPE_CHECKING:
    from random import Random

    from fuzz_recipes import Recipe

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


class Ways:
    """A script under composition and the host's tree as it is at its end."""

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
        self.trees: dict[str, Tree] = {}
        self.ids: dict[str, str] = {}
        self.args: tuple[str, ...] = ()
        self.env: dict[str, str] = {}
        self.front = "script"

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
        self.lines.append(
            random.choice(
                [f"{name}={value}"] * 16
                + [f"export {name}={value}"] * 3
                + [f'{name}="${{{name}:-{text}}}"' if plain else f"{name}={value}"]
            )
        )
        return (
            random.choice([f'"${name}"', f'"${{{name}}}"'])
            if not plain
            else random.choice([f"${name}", f'"${name}"', f"${{{name}}}"])
        )

    # --- ways out -----------------------------------------------------------------------------------------

    def _created(self, tag: str, *options: str, command: str = "") -> str:
        """A line that makes a container; the word that names it afterwards."""
        random = self.random
        self.names += 1
        image = self.ids[tag] if tag in self.ids and random.random() < 0.7 else self.said(tag)
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
            if random.random() < 0.4:
                random.choice((*fuzz_more_ways.ALL, *fuzz_further.ALL))(self, word, tag, recipe)
                continue
            ways = [self._cp, self._cp, self._cp, self._cp_pipe, self._run_out, self._cp_loop]
            random.choice(ways)(word, tag, recipe)

    def _cp(self, word: str, tag: str, recipe: Recipe) -> None:
        _ = tag
        random = self.random
        path = random.choice([p for p in recipe.tree.paths("file", "folder", "archive") if p.startswith("out")])
        if recipe.tree.kind(path) == "folder" and random.random() < 0.4:
            path += random.choice(["/.", "/"])
        base = posixpath.basename(path.rstrip("/."))
        place = random.choice(
            [
                ".",
                "./",
                base,
                f"./{base}",
                "dist",
                "dist/",
                f"dist/{base}",
                "build/out",
                "static",
                "conf",
                "conf/",
                "renamed",
                "README.md",
            ]
        )
        folder = (
            posixpath.dirname(place.rstrip("/"))
            if not place.endswith("/") or recipe.tree.kind(path) == "folder"
            else place
        )
        if place.rstrip("/") == "dist" and random.random() < 0.7:
            folder = "dist"
        if folder and self.host.kind(folder) is None:
            self.lines.append(
                random.choice(
                    [
                        f"mkdir -p {folder}",
                        f"mkdir -p {folder}",
                        f"rm -rf {folder} && mkdir -p {folder}",
                        f"[ -d {folder} ] || mkdir -p {folder}",
                    ]
                )
            )
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
        names = [
            path for path in recipe.tree.paths("file", "folder") if posixpath.dirname(path) == "out" and " " not in path
        ]
        if not names:
            return
        chosen = random.sample(names, random.randint(1, min(3, len(names))))
        folder = random.choice(["dist", "got", "deploy/files"])
        if self.host.kind(folder) is None:
            self.lines.append(f"mkdir -p {folder}")
            self.host.add(folder, "folder")
        before = set(self.host.nodes)
        words = " ".join(posixpath.basename(path) for path in chosen)
        line = random.choice(
            [
                f"docker cp {word}:/out/$n {folder}/",
                f"docker cp {word}:/out/$n {folder}/$n",
                f'docker cp "{word.strip(chr(34))}:/out/${{n}}" "{folder}"',
            ]
        )
        self.lines.append(f"for n in {words}; do\n  {line}\ndone")
        for path in chosen:
            self.host.docker_cp(
                recipe.tree, path, folder + ("/" + posixpath.basename(path) if line.endswith("$n") else "")
            )
        self._found(before, folder)

    def _found(self, before: set[str], *more: str) -> None:
        fresh = sorted(set(self.host.nodes) - before)
        self.hot += [
            path
            for path in (*fresh, *more)
            if self.host.kind(path) and path not in self.hot and posixpath.normpath(path) != "."
        ]

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
            self.lines.append(
                f"docker run --rm {self.said(tag)} tar {flags[0]} -C /{parent} {member} "
                f"| tar {flags[1]} {where}".rstrip()
            )
            self.host.graft(recipe.tree, path, posixpath.join(place, base))
        self._found(before, posixpath.join(place, base))

    def _run_out(self, word: str, tag: str, recipe: Recipe) -> None:
        _ = word
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
        mount = random.choice(
            [f'-v "$PWD/{place}:/mnt"', f"-v $(pwd)/{place}:/mnt", f'--volume "${{PWD}}/{place}":/mnt']
        )
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
            self.lines.append(
                f"docker run -e WHAT=x -w /tmp --name {name} {tag} sh -c "
                "'echo $WHAT > here; mkdir -p /out; cp here /out/late'"
            )
        elif kind == "create-start":
            self.lines += [f'docker create --name {name} {tag} sh -c "{work}"', f"docker start -a {name}"]
        else:
            self.lines += [f"docker run -d --name {name} {tag} sleep 100", f'docker exec {name} sh -c "{work}"']
        recipe.tree.add("out/late", "file")
        self.lines.append(f"docker cp {name}:/out/late {random.choice(['late', '.', './late'])}")
        self.host.add("late", "file")
        self._found(before, "late")
        self.lines.append(f"docker rm -f {name}")
