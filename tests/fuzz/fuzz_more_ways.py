"""More ways out of a container and into it: exports, streams, mounts, standard input, environments."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fuzz_recipes import Recipe
    from fuzz_ways import Ways


def _place(ways: Ways, stem: str) -> str:
    ways.names += 1
    place = f"{stem}{ways.names}"
    ways.lines.append(f"mkdir -p {place}")
    ways.host.add(place, "folder")
    return place


def _take(ways: Ways, recipe: Recipe, path: str, place: str) -> None:
    before = set(ways.host.nodes)
    ways.host.graft(recipe.tree, path, place)
    ways._found(before, place)  # noqa: SLF001  # the same family


def exported(ways: Ways, word: str, tag: str, recipe: Recipe) -> None:
    """`docker export` as a stream or through a file, the whole or a part."""
    _ = tag
    random = ways.random
    path = random.choice(
        [path for path in recipe.tree.paths("file", "folder") if path.startswith("out") and " " not in path]
    )
    place = _place(ways, "ex")
    ways.lines.append(random.choice([
        f"docker export {word} | tar -x -C {place} {path}",
        f"docker export {word} | tar -C {place} -xf - {path}",
        f"docker export -o {place}.tar {word}\ntar -xf {place}.tar -C {place} {path}\nrm {place}.tar",
        f"docker export {word} > {place}.tar && tar xf {place}.tar -C {place} {path} && rm {place}.tar",
        f"docker container export {word} | (cd {place} && tar xf - {path})",
        f"docker export {word} | tar -x -C {place} --strip-components=1 {path}",
    ]))  # fmt: skip
    inner = path.split("/", 1)[1] if "strip" in ways.lines[-1] and "/" in path else path
    if "strip" in ways.lines[-1] and path == "out":
        _take(ways, recipe, path, place)
    else:
        _take(ways, recipe, path, posixpath.join(place, inner))


def streamed(ways: Ways, word: str, tag: str, recipe: Recipe) -> None:
    """One file or folder through a stream of docker cp or of a process."""
    random = ways.random
    files = [path for path in recipe.tree.paths("file") if path.startswith("out") and " " not in path]
    if not files:
        return
    path = random.choice(files)
    place = _place(ways, "st")
    folder, base = posixpath.split(path)
    ways.lines.append(random.choice([
        f"docker cp {word}:/{path} - | tar -xO > {place}/{base}",
        f"docker cp {word}:/{path} - > {place}.tar; tar -xf {place}.tar -C {place}; rm {place}.tar",
        f"docker run --rm --entrypoint cat {tag} /{path} > {place}/{base}",
        f"docker run --rm {tag} sh -c 'cat /{path}' > {place}/{base}",
        f"docker run --rm {tag} cat /{path} | tee {place}/{base} > /dev/null",
        f"docker run --rm {tag} cat /{path} | gzip -nc | gunzip > {place}/{base}",
        f"docker run --rm {tag} cat /{path} | sed s/a/b/ > {place}/{base}",
        f"docker run --rm {tag} tar -C /{folder} -cf - {base} | tar -C {place} -xf -",
        f'text=$(docker run --rm {tag} cat /{path})\necho "$text" > {place}/{base}',
        f"docker run --rm {tag} cat /{path} /{path} > {place}/{base}",
        f"docker run --rm -w /{folder} {tag} tar -c ./{base} | tar -x -C {place} --strip-components=1",
        f"docker run --rm {tag} tar -cz /{path} | tar -xz -C {place} --strip={path.count('/')}",
        f"docker cp {word}:/{folder} - | tar -x -C {place} --strip-components=1 {posixpath.basename(folder)}/{base}",
        f"docker cp {word}:/{folder}/. - | tar -x -C {place} ./{base}",
        f"docker run --rm {tag} tar -c -C /{folder} . | tar -xO ./{base} > {place}/{base}",
    ]))  # fmt: skip
    _take(ways, recipe, path, f"{place}/{base}")


def mounted(ways: Ways, word: str, tag: str, recipe: Recipe) -> None:
    """Work in a folder of the host that the container sees."""
    _ = word
    random = ways.random
    place = _place(ways, "mt")
    files = [path for path in recipe.tree.paths("file") if path.startswith("out") and " " not in path] or ["etc/passwd"]
    path = random.choice(files)
    base = posixpath.basename(path)
    mount = random.choice([
        f'-v "$PWD/{place}:/mnt/o"', f"--mount type=bind,source=$PWD/{place},target=/mnt/o",
        f'--mount type=bind,src="$(pwd)/{place}",dst=/mnt/o', f"-v $PWD/{place}:/mnt/o:rw",
        f'--volume="$PWD/{place}:/mnt/o"',
    ])  # fmt: skip
    ways.lines.append(random.choice([
        f"docker run --rm {mount} {tag} sh -c 'cp /{path} /mnt/o/'",
        f"docker run --rm {mount} -w /mnt/o {tag} cp /{path} .",
        f"docker run --rm {mount} {tag} sh -c 'cat /{path} > /mnt/o/{base} && chmod 755 /mnt/o/{base}'",
        f"docker run --rm {mount} {tag} cp -a /{path} /mnt/o/{base}",
        f"docker run --rm {mount} --entrypoint /bin/sh {tag} -c 'cp /{path} /mnt/o/{base}'",
        f"docker run --rm {mount} -e WHAT=/{path} {tag} sh -c 'cp $WHAT /mnt/o/'",
    ]))  # fmt: skip
    _take(ways, recipe, path, f"{place}/{base}")
    if random.random() < 0.25:
        ways.lines.append(
            f'docker run --rm -v "$PWD:/w" -w /w {tag} sh -c "mkdir -p made && echo m > made/m && cp VERSION made/"'
        )
        for name in ("made", "made/m", "made/VERSION"):
            ways.host.add(name, "folder" if name == "made" else "file")
            ways.hot.append(name)


def sent(ways: Ways, word: str, tag: str, recipe: Recipe) -> None:
    """Files of the host put into a container, worked on there, and taken out again."""
    random = ways.random
    ways.names += 1
    name = f"s{ways.names}"
    into = random.choice([
        f"docker cp conf {name}:/in", f"tar -c conf | docker cp - {name}:/tmp", f"docker cp conf/. {name}:/tmp/in",
    ])  # fmt: skip
    inner = {"/in": "/in", "/tmp": "/tmp/conf", "/tmp/in": "/tmp/in"}[into.rsplit(":", 1)[1]]
    if "/tmp/in" in into:
        into = f"docker cp conf {name}:/tmp/in"
    work = f"mkdir -p /out && cat {inner}/*.conf > /out/all.conf && ls {inner} > /out/list"
    if ways.host.kind("conf") != "folder":
        return
    _ = word
    ways.lines += [
        f'docker create --name {name} {random.choice(["-w /tmp ", "-e A=b ", "", ""])}{tag} sh -c "{work}"',
        into,
        random.choice([f"docker start -a {name}", f"docker start {name} && docker wait {name}"]),
        f"docker cp {name}:/out/all.conf all{ways.names}.conf",
        f"docker rm {name}",
    ]
    ways.host.add(f"all{ways.names}.conf", "file")
    ways.hot.append(f"all{ways.names}.conf")
    recipe.tree.add("out", "folder")


def fed(ways: Ways, word: str, tag: str, recipe: Recipe) -> None:
    """A process that reads the host's text and prints another."""
    _ = word, recipe
    random = ways.random
    ways.names += 1
    name = f"fed{ways.names}"
    if ways.host.kind("README.md") != "file":
        return
    ways.lines.append(random.choice([
        f"docker run -i --rm {tag} tr a-z A-Z < README.md > {name}",
        f"cat README.md | docker run -i --rm {tag} sed s/a/b/ > {name}",
        f"docker run -i --rm {tag} sh -c 'cat > /t; wc -c < /t' < README.md > {name}",
        f"docker run --rm -e A=1 -e B=two {tag} sh -c 'echo $A-$B' > {name}",
        f"docker run --rm -w /out {tag} pwd > {name}",
        f"docker run --rm -u 1000:1000 {tag} id -u > {name}",
    ]))  # fmt: skip
    ways.host.add(name, "file")
    ways.hot.append(name)


ALL = (exported, streamed, mounted, sent, fed)
