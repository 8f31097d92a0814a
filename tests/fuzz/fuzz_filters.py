"""More work on the host: what makes files of files, and recipes that the script writes."""

from __future__ import annotations

import posixpath
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from fuzz_tree import Tree


def filtering(random: Random, host: Tree, hot: list[str], lines: list[str]) -> None:
    """A file made of another by a command that reads it."""
    files = [path for path in hot if host.kind(path) == "file"] or ["README.md"]
    path = random.choice(files)
    if host.kind(path) != "file":
        return
    word = shlex.quote(path)
    folder = random.choice(["", "", "dist/", "meta/"])
    name = f"{folder}f{random.randint(10, 99)}"
    if folder and host.kind(folder) is None:
        lines.append(f"mkdir -p {folder}")
        host.add(folder, "folder")
    lines.append(random.choice([
        f"sha256sum {word} > {name}",
        f"sha256sum {word} | cut -d' ' -f1 > {name}",
        f"md5sum < {word} > {name}",
        f"wc -c < {word} > {name}",
        f"gzip -n -c {word} | gunzip > {name}",
        f"sed 's/a/b/g' {word} > {name}",
        f"sed -n 1p {word} > {name}",
        f"cat {word} VERSION > {name}" if host.kind("VERSION") == "file" else f"cat {word} > {name}",
        f"head -n 1 {word} > {name}",
        f"tail -c 3 {word} > {name}",
        f"tr a-z A-Z < {word} > {name}",
        f"grep -v zzz {word} > {name} || true",
        f"sort {word} | uniq > {name}",
        f"base64 {word} > {name}",
        f"awk '{{ print $1 }}' {word} > {name}",
        f"tee {name} < {word} > /dev/null",
        f"cp {word} {name} && sed -i 's/p/q/' {name}",
        f'echo "sum $(sha256sum {word} | cut -c1-8)" > {name}',
        f"{{ echo head; cat {word}; echo tail; }} > {name}",
        f"printf '%s\\n' \"$(cat {word})\" > {name}",
        f"dd if={word} of={name} bs=1 count=2 2>/dev/null",
        f"cat < {word} >> {name}",
        f"install -m 640 {word} {name}",
        f"ln {word} {name}",
        f"cp -L {word} {name}",
        f"cp -P {word} {name}",
    ]))  # fmt: skip
    host.add(name, "file")
    hot.append(name)


def edited(random: Random, host: Tree, hot: list[str], lines: list[str]) -> None:
    """A file out of an image changed in place, or a tree of them."""
    files = [path for path in hot if host.kind(path) == "file"]
    folders = [path for path in hot if host.kind(path) == "folder" and host.below(path)]
    if files and random.random() < 0.5:
        word = shlex.quote(random.choice(files))
        lines.append(random.choice([
            f"sed -i 's/e/E/' {word}", f"echo more >> {word}", f"truncate -s 2 {word}", f"chmod g+w {word}",
            f"sed -i '$d' {word}", f"printf x > {word}", f"touch {word}",
        ]))  # fmt: skip
    elif folders:
        folder = random.choice(folders)
        word = shlex.quote(folder)
        lines.append(random.choice([
            f"find {word} -name '*.txt' -delete", f"find {word} -type f -exec chmod 640 {{}} +",
            f"chmod -R go-w {word}",
            f"touch {word}/.keep", f"echo new > {word}/new.txt", f"mkdir -p {word}/deep/er", f"rm -rf {word}/*.txt",
            f"cp -r {word}/. {word}-copy 2>/dev/null || {{ mkdir {word}-copy; cp -r {word}/. {word}-copy; }}",
            f"mkdir {word}-copy; cp -rL {word}/. {word}-copy", f"find {word} -type f | sort > listing",
            f"ls {word} > listing", f"tar -C {word} -cf - . | (mkdir -p re; tar -C re -xf -)",
            f"mv {word}/* . 2>/dev/null || true", f"rm -rf {word}; mkdir {word}",
            f"ln -s {posixpath.basename(folder)} {word}.link",
        ]))  # fmt: skip
        hot.append(random.choice([folder, "re", "listing"]))


def retained(random: Random, host: Tree, hot: list[str], lines: list[str]) -> None:
    """A condition on what came out, which every run answers alike."""
    present = [path for path in hot if host.kind(path)]
    word = shlex.quote(random.choice(present)) if present else "README.md"
    lines.append(random.choice([
        f"[ -e {word} ] || {{ echo missing >&2; exit 1; }}",
        f"if [[ -d {word} ]]; then mkdir -p was-folder; else touch was-file; fi",
        f"test -s {word} && echo full > state || echo empty > state",
        f"[ ! -f {word} ] || cp {word} kept-copy",
        f"if [ -x {word} ]; then echo x > mode.txt; fi; touch mode.txt",
        f"ls {word} >/dev/null",
        f"stat {word} >/dev/null 2>&1 || exit 1",
    ]))  # fmt: skip
    hot.append(random.choice(["was-file", "state", "kept-copy", "mode.txt"]))
