"""Ways out that real scripts have besides: containers made in passing, ids in files, images of them, logs."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from fuzz_more_ways import _place, _take

if TYPE_CHECKING:
    from fuzz_recipes import Recipe
    from fuzz_tree import Kind
    from fuzz_ways import Ways


def _one(ways: Ways, recipe: Recipe, *kinds: Kind) -> str:
    """A path below /out, of these kinds, without a blank."""
    found = [path for path in recipe.tree.paths(*kinds) if path.startswith("out") and " " not in path]
    return ways.random.choice(found) if found else "out"


def _name(ways: Ways) -> str:
    ways.names += 1
    return f"n{ways.names}"


def inline(ways: Ways, word: str, tag: str, recipe: Recipe) -> None:
    """A container that is made where it is named."""
    _ = word
    path = _one(ways, recipe, "file", "folder")
    place, base = _place(ways, "in"), posixpath.basename(path)
    ways.lines.append(ways.random.choice([
        f"docker cp $(docker create {tag}):/{path} {place}/",
        f'docker cp "$(docker create {tag})":/{path} {place}',
        f'docker cp "$(docker create {tag} sh):/{path}" {place}/{base}',
        f"docker cp `docker create {tag}`:/{path} {place}",
        f"docker export $(docker create {tag}) | tar -x -C {place} --strip-components={path.count('/')} {path}",
        f'docker cp "$(docker run -d {tag} true)":/{path} {place}/',
    ]))  # fmt: skip
    _take(ways, recipe, path, f"{place}/{base}")


def by_id(ways: Ways, word: str, tag: str, recipe: Recipe) -> None:
    """A container whose id stands in a file, or is asked for."""
    _ = word
    path = _one(ways, recipe, "file", "folder")
    place, base, name = _place(ways, "id"), posixpath.basename(path), _name(ways)
    ways.lines.append(ways.random.choice([
        (f"docker create --cidfile {name} {tag} >/dev/null\ndocker cp $(cat {name}):/{path} {place}/\n"
         f"docker rm $(cat {name}) && rm {name}"),
        (f'docker run --cidfile={name} {tag} true\ndocker cp "$(cat {name})":/{path} {place}/{base}\n'
         f"docker rm -f $(<{name}) >/dev/null; rm -f {name}"),
        (f"docker create --name {name} {tag}\nid=$(docker inspect -f '{{{{.Id}}}}' {name})\n"
         f"docker cp $id:/{path} {place}/\ndocker rm $id"),
        (f"docker create --name {name} {tag}\nid=$(docker ps -aqf name={name})\n"
         f'docker cp "$id":/{path} {place}/\ndocker rm "$id"'),
        f"docker create {tag}\ndocker cp $(docker ps -lq):/{path} {place}/",
        (f"docker create --name {name} {tag} >{name}.id\nread -r id <{name}.id\nrm {name}.id\n"
         f"docker cp $id:/{path} {place}/\ndocker container rm $id"),
    ]))  # fmt: skip
    _take(ways, recipe, path, f"{place}/{base}")


def committed(ways: Ways, word: str, tag: str, recipe: Recipe) -> None:
    """A container that becomes an image."""
    path = _one(ways, recipe, "file")
    if path == "out":
        return
    place, base, name = _place(ways, "cm"), posixpath.basename(path), _name(ways)
    kept = "mkdir -p /out && echo kept > /out/kept"
    ways.lines.append(ways.random.choice([
        f"docker commit {word} {name}:kept >/dev/null\ndocker run --rm {name}:kept cat /{path} > {place}/{base}",
        (f"docker commit {word} {name}\ndocker create --name {name}-two {name}\n"
         f"docker cp {name}-two:/{path} {place}/\ndocker rm {name}-two"),
        (f"docker run --name {name} {tag} sh -c '{kept}'\ndocker commit {name} {name}:kept\n"
         f"docker run --rm {name}:kept cat /out/kept > {place}/kept\ndocker rm {name}"),
        (f"docker run --name {name} {tag} sh -c '{kept}'\nimage=$(docker commit {name})\n"
         f"docker run --rm $image cat /out/kept /{path} > {place}/{base}"),
    ]))  # fmt: skip
    _take(ways, recipe, path, f"{place}/{'kept' if f'{place}/kept' in ways.lines[-1] else base}")


def logged(ways: Ways, word: str, tag: str, recipe: Recipe) -> None:
    """What a container printed, while it ran or afterwards."""
    _ = word
    path = _one(ways, recipe, "file")
    if path == "out":
        return
    place, base, name = _place(ways, "lg"), posixpath.basename(path), _name(ways)
    ways.lines.append(ways.random.choice([
        f"docker create --name {name} {tag} cat /{path}\ndocker start -a {name} > {place}/{base}\ndocker rm {name}",
        (f"docker run -d --name {name} {tag} cat /{path}\ndocker wait {name}\n"
         f"docker logs {name} > {place}/{base}\ndocker rm {name}"),
        f"docker run --name {name} {tag} cat /{path} >/dev/null\ndocker logs {name} 2>&1 | tee {place}/{base}",
        f"id=$(docker run -d {tag} cat /{path})\ndocker wait $id >/dev/null\ndocker logs $id > {place}/{base}",
        (f"docker create --name {name} {tag} cat /{path} >/dev/null\ndocker start {name} && docker wait {name}\n"
         f"docker logs {name} > {place}/{base}"),
    ]))  # fmt: skip
    _take(ways, recipe, path, f"{place}/{base}")


def executed(ways: Ways, word: str, tag: str, recipe: Recipe) -> None:
    """Commands in a container that runs."""
    _ = word
    path = _one(ways, recipe, "file")
    if path == "out":
        return
    place, name = _place(ways, "xc"), _name(ways)
    folder, base = posixpath.split(path)
    ways.lines.append(f"docker run -d --name {name} {tag} sleep 60")
    ways.lines.append(ways.random.choice([
        f"docker exec {name} cat /{path} > {place}/{base}",
        f"docker exec {name} tar -c -C /{folder} {base} | tar -x -C {place}",
        f"docker exec -w /{folder} {name} cat {base} > {place}/{base}",
        f"docker exec {name} sh -c 'mkdir -p /tmp/x && cp /{path} /tmp/x/'\ndocker cp {name}:/tmp/x/{base} {place}/",
        f"docker exec {name} touch /late\ndocker cp {name}:/{path} {place}/ && docker cp {name}:/late {place}/",
        f"docker exec {name} cp /{path} /in-between\ndocker cp {name}:/in-between {place}/{base}",
    ]))  # fmt: skip
    ways.lines.append(ways.random.choice([f"docker rm -f {name}", f"docker stop -t 0 {name} && docker rm {name}"]))
    _take(ways, recipe, path, f"{place}/{base}")


def installed(ways: Ways, word: str, tag: str, recipe: Recipe) -> None:
    """Something out of a container, and the commands that put it where it belongs."""
    _ = tag
    path = _one(ways, recipe, "file")
    if path == "out":
        return
    place, base = _place(ways, "it"), posixpath.basename(path)
    ways.lines.append(f"docker cp {word}:/{path} {place}/{base}")
    ways.lines.append(ways.random.choice([
        f"install -D -m 755 {place}/{base} {place}/usr/bin/{base}",
        f"install -Dm644 {place}/{base} {place}/usr/bin/{base}",
        f"install -d {place}/usr/bin && install {place}/{base} {place}/usr/bin/",
        f"mkdir -p {place}/usr/bin && cp -t {place}/usr/bin {place}/{base}",
        f"mkdir -p {place}/usr/bin && mv -t {place}/usr/bin {place}/{base}",
        f"mkdir -p {place}/usr/bin && ln {place}/{base} {place}/usr/bin/{base}",
        f"mkdir -p {place}/usr/bin && cat {place}/{base} > {place}/usr/bin/{base} && chmod 750 {place}/usr/bin/{base}",
        f"pushd {place} >/dev/null && mkdir -p usr/bin && cp {base} usr/bin/ && popd >/dev/null",
        f"mkdir -p {place}/usr/bin && cp -v {place}/{base} $_",
        f"mkdir -p {place}/usr/bin && find {place} -maxdepth 1 -type f -exec cp {{}} {place}/usr/bin/ \\;",
        f"mkdir -p {place}/usr/bin && (cd {place} && tar c {base}) | tar x -C {place}/usr/bin",
    ]))  # fmt: skip
    _take(ways, recipe, path, f"{place}/usr/bin/{base}")
    if "mv -t" not in ways.lines[-1]:
        _take(ways, recipe, path, f"{place}/{base}")


ALL = (inline, by_id, committed, logged, executed, installed)
