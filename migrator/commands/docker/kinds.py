"""Whether a file or a folder stands at a path of an image, as far as what made the image shows it."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.commands.docker.contents import arguments_of, base_image, end_state, file_in, target_stage
from migrator.commands.docker.naming import key_of
from migrator.dockerfile.evaluate import Build, stage_scope
from migrator.dockerfile.expand import ExpansionError, expand
from migrator.dockerfile.parse import parse
from migrator.trace.images import Built, Extended, RunStep
from migrator.trace.workspace import Carried, Folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from migrator.trace.images import Image

_FILE_ENDINGS = (
    ".jar", ".war", ".ear", ".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".so", ".a", ".exe",
    ".deb", ".rpm", ".apk", ".whl", ".json", ".conf", ".html", ".css", ".txt", ".bin", ".xml",
    ".yml", ".yaml", ".ini", ".sh", ".py", ".iso", ".img", ".sql", ".crt", ".pem", ".key",
)  # fmt: skip
# What these write behind -o is one file, unless a folder of that name stood there before.
_COMPILERS = re.compile(
    r"(?:^|\s)(?:go\s+(?:build|test)|(?:[\w.]+-)*(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+|ld|tcc)(?:-[\d.]+)?|rustc|ghc|fpc|nim|crystal|"
    r"swiftc|valac|ldc2|dmd|ocamlopt|ocamlfind|nasm|curl|objcopy|strip|upx|sort)\s"
)
_PUBLISHERS = re.compile(r"(?:^|\s)dotnet\s+(?:publish|build|pack)\s")
_PARTS = re.compile(r"&&|\|\||[;|\n]")
# Where a build tool puts a program by its own rules: the path, and the command.
_CONVENTIONS = (
    (
        re.compile(r"/target/([\w.-]+/)?(release|debug)/(?!deps$|build$|examples$|incremental$)[\w-]+$"),
        re.compile(r"(?:^|[\s;&|(])cargo\s+(?:\S+\s+)*?build\b"),
    ),
    (
        re.compile(r"^/go/bin/(?!(linux|darwin|windows|freebsd|netbsd|openbsd|js|wasip1)_)[\w.-]+$"),
        re.compile(r"(?:^|[\s;&|(])go\s+(?:install|get)\b"),
    ),
)
_WORD = r"(\"[^\"]*\"|'[^']*'|[^\s<>;&|()]+)"


def kind_of(image: Image, path: str) -> str | None:
    """`file` or `folder`, where the Dockerfile shows what makes the path; None where it does not.

    A path is a file when a RUN redirects into it or has a compiler write it, when the checkout's file of that name is
    copied there, or when its name ends as only files' names do. It is a folder when a mkdir or a WORKDIR names it,
    when something is written below it, or when it is what a publishing command fills. Where both are said, or
    neither, nothing is known: what follows from a wrong guess is a file under another name.
    """
    if path.endswith(_FILE_ENDINGS):
        return "file"
    node = file_in(image, path)
    if node is not None:
        return "folder" if isinstance(node, Folder) else "file" if not isinstance(node, Carried) else node.kind
    if isinstance(image, Extended):
        if any(isinstance(step, RunStep) and step.output == path for step in image.steps):
            return "file"
        lines = [_Line(step.text, _folder(step, image)) for step in image.steps
                 if isinstance(step, RunStep)]  # fmt: skip
        return _kind_made(lines, path) or kind_of(image.base, path)
    return _kind_made(list(_lines(image)), path) if isinstance(image, Built) else None


@dataclass(frozen=True)
class _Line:
    """A RUN's text, the folder that it starts in, and what its variables are, as far as the Dockerfile says it."""

    text: str
    folder: str
    variables: Mapping[str, str | None] = field(default_factory=dict)

    def commands(self) -> Iterator[tuple[str, str]]:
        """Each command of the line and the folder that it runs in; after a `cd` that is not plain, an unknown one."""
        folder = self.folder
        for part in _PARTS.split(self.text):
            yield part, folder
            moved = re.fullmatch(r"\s*\(?\s*(?:set\s+-\w+\s+)?cd\s+(\S+)\s*", part)
            if moved:
                folder = self.place(moved[1], folder) or "?"
            elif re.search(r"\b(cd|pushd|popd)\s", part) or ")" in part:
                folder = "?"

    def place(self, word: str, folder: str) -> str | None:
        """The path that a word of a command names; None where it depends on what is not known."""
        word = word.strip("\"'")
        for name in re.findall(r"\$\{?(\w+)", word):
            if self.variables.get(name) is None or re.search(rf"\b{name}=", self.text):
                return None  # the base's, or the command's own
        try:
            word = expand(word, self.variables.get, "\\")
        except ExpansionError:
            return None
        if not word or re.search(r"[`$*?\[~(){}]", word) or (folder == "?" and not word.startswith("/")):
            return None
        return posixpath.normpath(posixpath.join(folder, word))


def _folder(step: RunStep, image: Extended) -> str:
    if step.folder is not None:
        return step.folder
    end = end_state(image)
    return end.workdir if end is not None else "?"


def _lines(built: Built) -> Iterator[_Line]:
    """The RUNs of a build and of the script's images below it; a WORKDIR counts as the mkdir that it is."""
    dockerfile = parse(built.recipe)
    stage = target_stage(built, dockerfile)
    if stage is None:
        return
    own = built.names.get(key_of(stage.image))
    while isinstance(own, Extended):
        yield from (_Line(step.text, _folder(step, own)) for step in own.steps
                    if isinstance(step, RunStep))  # fmt: skip
        own = own.base
    if isinstance(own, Built):
        yield from _lines(own)
    build = Build(arguments_of(built), lambda name: base_image(built, name))
    scope = stage_scope(dockerfile, stage.index, build)
    ends = (*scope.states[1:], scope.end)
    for instruction, state, end in zip(stage.instructions, scope.states, ends, strict=False):
        if instruction.keyword == "RUN":
            yield _Line(instruction.text, state.workdir, state.variables)
        elif instruction.keyword == "WORKDIR":
            yield _Line(f"mkdir -p {posixpath.normpath(end.workdir)}", "/")


def _kind_made(lines: Sequence[_Line], path: str) -> str | None:
    path = posixpath.normpath(path)
    if any(places.search(path) and any(maker.search(line.text) for line in lines) for places, maker in _CONVENTIONS):
        return "file"
    made = [named for line in lines for named in _made(line)]
    file = any(kind == "file" and place == path for kind, place, _ in made)
    folder = any(kind == "folder" and place == path for kind, place, _ in made)
    folder = folder or any(place is not None and place.startswith(path + "/") for _, place, _ in made)
    if file and not folder:  # a folder of that name, made where it cannot be told, may be the same one
        name = posixpath.basename(path)
        vague = any(
            kind == "folder" and place is None and posixpath.basename(word) == name for kind, place, word in made
        )
        return None if vague else "file"
    return "folder" if folder and not file else None


def _made(line: _Line) -> Iterator[tuple[str, str | None, str]]:
    """What the commands of a line make: the kind, the place where it is known, and the word that names it."""
    for part, folder in line.commands():
        for kind, word in (*_files(part), *_folders(part)):
            plain = word.strip("\"'").rstrip("/")
            yield ("folder" if word.endswith("/") else kind), line.place(word, folder), plain


def _files(part: str) -> Iterator[tuple[str, str]]:
    """The files that a command writes by a redirection or as a compiler's output."""
    for found in re.finditer(rf"(?<![<>&-])\d?>{{1,2}}\|?\s*{_WORD}", part):
        yield "file", found[1]
    if _COMPILERS.search(part):
        for found in re.finditer(rf"\s(?:-o(?:[ =]\s*)?|--output[ =]\s*){_WORD}", part):
            yield "file", found[1]
    if re.search(r"(?:^|\s)wget\s", part):
        for found in re.finditer(rf"\s-O[ =]?\s*{_WORD}", part):
            yield "file", found[1]


def _folders(part: str) -> Iterator[tuple[str, str]]:
    """The folders that a command makes, or fills as a publishing command does."""
    made = re.search(r"(?:^|\s)mkdir\s+(.*)", part)
    for word in re.findall(_WORD, made[1]) if made else ():
        if not word.startswith("-"):
            yield "folder", word
    if _PUBLISHERS.search(part):
        for found in re.finditer(rf"\s(?:-o(?:[ =]\s*)?|--output[ =]\s*){_WORD}", part):
            if found[1].strip("\"'").startswith("/"):  # else it is relative to the project, or to the caller's folder
                yield "folder", found[1]
    cloned = re.search(rf"\bgit\s+clone\s.*\s{_WORD}\s*$", part)
    if cloned:
        yield "folder", cloned[1]
