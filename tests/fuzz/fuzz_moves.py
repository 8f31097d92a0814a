"""Random work on the host between the builds."""

from __future__ import annotations

import posixpath
import shlex
from typing import TYPE_CHECKING

from fuzz_filters import edited, filtering, retained

if TYPE_CHECKING:
    from random import Random

    from fuzz_tree import Tree


def move(random: Random, host: Tree, hot: list[str], lines: list[str]) -> None:
    """Adds one step to the script's lines and does it to the host's tree."""
    plain = [_mv, _mv, _cp, _cp, _mkdir, _rm, _chmod, _write, _sed, _tar, _loop, _condition, _folder, _link]
    random.choice([*plain, filtering, filtering, edited, edited, retained])(random, host, hot, lines)


def _hot(random: Random, host: Tree, hot: list[str]) -> str:
    present = [path for path in hot if host.kind(path)]
    files = [path for path in host.paths("file", "folder") if not path.endswith((".sh", "Dockerfile", ".build"))]
    return random.choice(present * 2 + files) if present or files else "README.md"


def _mv(random: Random, host: Tree, hot: list[str], lines: list[str]) -> None:
    path = _hot(random, host, hot)
    place = random.choice([f"moved-{posixpath.basename(path)}", "stuff", "bin/program"])
    if host.kind(place) or place.startswith(path + "/"):
        place = f"moved{random.randint(10, 99)}"
    parent = posixpath.dirname(place)
    if parent and not host.kind(parent):
        lines.append(f"mkdir -p {parent}")
        host.add(parent, "folder")
    lines.append(f"mv {shlex.quote(path)} {shlex.quote(place)}")
    host.graft(host.copy(), path, place)
    host.remove(path)
    hot.append(place)


def _cp(random: Random, host: Tree, hot: list[str], lines: list[str]) -> None:
    path = _hot(random, host, hot)
    folder = random.choice(["pack", "dist", "conf", "static", "src/lib"])
    if folder == path or folder.startswith(path + "/") or posixpath.dirname(path) == folder:
        return
    if not host.kind(folder):
        lines.append(f"mkdir -p {folder}")
        host.add(folder, "folder")
    if host.kind(folder) != "folder":
        return
    verb = (
        random.choice(["cp -r", "cp -a", "cp -R", "cp -rp"])
        if host.kind(path) == "folder"
        else random.choice(["cp", "cp -p", "cp -f", "install -m 755", "cp -a"])
    )
    source = path
    if host.kind(path) == "folder" and random.random() < 0.3:
        source = path + "/."
        host.graft(host.copy(), path, folder)
    else:
        host.graft(host.copy(), path, posixpath.join(folder, posixpath.basename(path)))
    lines.append(f"{verb} {shlex.quote(source)} {folder}/")
    hot += [folder, posixpath.join(folder, posixpath.basename(path))]


def _mkdir(random: Random, host: Tree, hot: list[str], lines: list[str]) -> None:
    folder = random.choice(["dist", "pack/sub", "static/gen", "logs"])
    if host.kind(folder) in (None, "folder"):
        lines.append(
            random.choice(
                [f"mkdir -p {folder}", f"mkdir -p -m 755 {folder}", f"mkdir -p {folder} && touch {folder}/.keep"]
            )
        )
        host.add(folder, "folder")
        hot.append(folder)


def _rm(random: Random, host: Tree, hot: list[str], lines: list[str]) -> None:
    path = _hot(random, host, hot)
    below = [name for name in host.below(path) if host.kind(path) == "folder"]
    victim = posixpath.join(path, random.choice(sorted(below))) if below else path
    if victim.startswith("src"):
        return
    lines.append(f"rm -rf {shlex.quote(victim)}")
    host.remove(victim)


def _chmod(random: Random, host: Tree, hot: list[str], lines: list[str]) -> None:
    path = _hot(random, host, hot)
    mode = random.choice(["755", "+x", "600", "u+x", "a-w", "0644", "-R 755", "-R go-w", "-R a+rX"])
    lines.append(f"chmod {mode} {shlex.quote(path)}")


def _write(random: Random, host: Tree, hot: list[str], lines: list[str]) -> None:
    path = random.choice(["VERSION", "build-info", "conf/extra.conf", "static/version.txt"])
    if posixpath.dirname(path) and host.kind(posixpath.dirname(path)) != "folder":
        return
    lines.append(random.choice([
        f"echo 7.7 > {path}",
        f"echo more >> {path}",
        f"printf 'a\\nb\\n' > {path}",
        f"cat > {path} <<'END'\nline $one\nEND",
        f"touch {path}",
        f'echo "$(cat VERSION 2>/dev/null || echo none)" > {path}.new && mv {path}.new {path}',
        f"cp README.md {path} 2>/dev/null || touch {path}",
        f": > {path}",
    ]))  # fmt: skip
    host.add(path, "file")
    hot.append(path)


def _sed(random: Random, host: Tree, hot: list[str], lines: list[str]) -> None:
    _ = hot
    files = [path for path in ("conf/app.conf", "README.md", "static/index.html") if host.kind(path) == "file"]
    if files:
        lines.append(
            f"sed -i 's/{random.choice(['o', 'port', 'sample'])}/{random.choice(['0', 'x y', ''])}/"
            f"{random.choice(['', 'g'])}' {random.choice(files)}"
        )


def _tar(random: Random, host: Tree, hot: list[str], lines: list[str]) -> None:
    path = _hot(random, host, hot)
    name = f"packed{random.randint(10, 99)}"
    folder, base = posixpath.split(path)
    lines.append(f"tar -czf {name}.tar.gz -C {shlex.quote(folder or '.')} {shlex.quote(base)}")
    if random.random() < 0.5:
        lines.append(f"mkdir {name}; tar -xzf {name}.tar.gz -C {name}")
        host.add(name, "folder")
        host.graft(host.copy(), path, posixpath.join(name, base))
        hot += [name, posixpath.join(name, base)]
    else:
        host.add(f"{name}.tar.gz", "archive")
        hot.append(f"{name}.tar.gz")


def _loop(random: Random, host: Tree, hot: list[str], lines: list[str]) -> None:
    if host.kind("loop") is None:
        lines.append("mkdir -p loop")
        host.add("loop", "folder")
    pattern = random.choice(["conf/*.conf", "static/*", "src/lib/*.c", "*.md VERSION"])
    lines.append(
        f"for f in {pattern}; do\n  "
        + random.choice(['[ -f "$f" ] && cp "$f" loop/ || true', 'cp -r "$f" loop/', 'cp -r $f "loop/$(basename $f)"'])
        + "\ndone"
    )
    for path in ("conf/app.conf", "conf/db.conf", "static/index.html", "src/lib/one.c", "README.md"):
        if host.kind(path) and posixpath.dirname(path) == posixpath.dirname(pattern.split()[0]):
            host.add("loop/" + posixpath.basename(path), "file")
    hot.append("loop")


def _condition(random: Random, host: Tree, hot: list[str], lines: list[str]) -> None:
    path = shlex.quote(_hot(random, host, hot))
    lines.append(random.choice([
        f"if [ -f {path} ]; then\n  echo yes > answer\nelse\n  echo no > answer\nfi",
        f"[ -d {path} ] && echo folder > answer || echo other > answer",
        f"if test -e {path}; then cp -r {path} answer-copy; fi; echo > answer",
    ]))  # fmt: skip
    host.add("answer", "file")
    hot.append("answer")


def _folder(random: Random, host: Tree, hot: list[str], lines: list[str]) -> None:
    folders = [path for path in host.paths("folder") if not path.startswith("src")]
    if not folders:
        return
    folder = random.choice(folders)
    lines.append(
        random.choice(
            [
                f"(cd {shlex.quote(folder)} && touch inside)",
                f"cd {shlex.quote(folder)}\ntouch inside\ncd - >/dev/null",
                f"pushd {shlex.quote(folder)} >/dev/null; echo in > inside; popd >/dev/null",
            ]
        )
    )
    host.add(posixpath.join(folder, "inside"), "file")
    hot.append(posixpath.join(folder, "inside"))


def _link(random: Random, host: Tree, hot: list[str], lines: list[str]) -> None:
    name = f"link{random.randint(10, 99)}"
    if host.kind("conf") == "folder":
        lines.append(random.choice([f"ln -s app.conf conf/{name}", f"ln -sf db.conf conf/{name}"]))
        host.add(f"conf/{name}", "link")
        hot.append("conf")
