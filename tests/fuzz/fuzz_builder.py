"""A builder of Dockerfiles over plain folders: no engine, no network, some milliseconds for an instruction."""

from __future__ import annotations

import copy
import json
import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fuzz_rootfs import Copying, FailedError, Image, Store, filtered, inside, make_parents, owner_in, run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

EMPTY: dict[str, Any] = {"env": {}, "workdir": "", "user": "", "cmd": None, "entrypoint": None, "labels": {},
                         "ports": [], "volumes": [], "onbuild": [], "shell": None}  # fmt: skip
SH = ("/bin/sh", "-c")
_WORD = re.compile(
    r"""\$\{(\w+)(?:(:?[-+])([^}]*))?\}|\$(\w+)|\\(.)|'([^']*)'|"((?:[^"\\]|\\.)*)"|([^\s$\\'"]+|.)""", re.DOTALL
)


_HEREDOC = re.compile(r"^(RUN|COPY) <<(['\"]?)(\w+)\2([^\n]*)\n(.*?)^\3\n", re.MULTILINE | re.DOTALL)


def _one_line(found: re.Match[str]) -> str:
    """A here-document as one line: RUN of its text, or TEXT with the place that it goes to in front."""
    body = found[5].replace("\n", "\x01")
    return f"RUN {body}\n" if found[1] == "RUN" else f"TEXT {found[4].strip()}\x01{body}\n"


@dataclass
class Stage:
    """The instructions between one FROM and the next."""

    base: str
    name: str
    lines: list[tuple[str, str]] = field(default_factory=list)


def parsed(text: str) -> tuple[list[tuple[str, str]], list[Stage]]:
    """The lines in front of the first FROM, and the stages."""
    head: list[tuple[str, str]] = []
    stages: list[Stage] = []
    text = _HEREDOC.sub(_one_line, text + "\n")
    joined = re.sub(r"\\[ \t]*\n", "\x00", re.sub(r"^[ \t]*#.*\n", "", text + "\n", flags=re.MULTILINE))
    for line in joined.split("\n"):
        found = re.fullmatch(r"\s*([A-Za-z]+)\s+(.*?)\s*", line, re.DOTALL)
        if found is None:
            continue
        keyword, rest = found[1].upper(), found[2].replace("\x00", "\\\n" if found[1].upper() == "RUN" else "")
        rest = rest.replace("\x01", "\n")
        if keyword == "FROM":
            words = [word for word in rest.split() if not word.startswith("--")]
            stages.append(Stage(words[0], words[2] if len(words) > 2 else ""))
        else:
            (stages[-1].lines if stages else head).append((keyword, rest))
    return head, stages


def expanded(text: str, values: Mapping[str, str]) -> str:
    """A text with its variables put in, quotes kept out."""

    def put(found: re.Match[str]) -> str:
        name, operator, other, plain, escaped, single, double, rest = found.groups()
        if name is not None:
            value = values.get(name, "")
            if operator in (":-", "-"):
                return value or expanded(other, values)
            if operator in (":+", "+"):
                return expanded(other, values) if value else ""
            return value
        if plain is not None:
            return values.get(plain, "")
        if escaped is not None:
            return escaped
        if single is not None:
            return single
        return expanded(double, values) if double is not None else rest

    return _WORD.sub(put, text)


def words_of(text: str, values: Mapping[str, str]) -> list[str]:
    """The words of an instruction, expanded; a JSON list is one already."""
    if text.startswith("["):
        try:
            found = json.loads(text)
            return [expanded(re.sub(r"(['\"])", r"\\\1", word), values) for word in found]
        except ValueError:
            pass
    return [expanded(word, values) for word in re.findall(r"""(?:\\.|'[^']*'|"(?:[^"\\]|\\.)*"|\S)+""", text)]


@dataclass
class Build:
    """One `docker build`: its Dockerfile, its context, its arguments, and the images that it may name."""

    store: Store
    text: str
    context: Path
    arguments: Mapping[str, str]
    images: Callable[[str], Image]
    labels: Mapping[str, str] = field(default_factory=dict)
    done: dict[int, Image] = field(default_factory=dict)

    def run(self, target: str | None, ignore: list[str]) -> Image:
        """The image of the target stage, or of the last one."""
        self.context = filtered(self.context, ignore, self.store.fresh("c"))
        self.head, self.stages = parsed(self.text)
        self.globals: dict[str, str] = {}
        for keyword, rest in self.head:
            if keyword == "ARG":
                self._declare(rest, self.globals, {})
        number = len(self.stages) - 1
        if target is not None:
            number = self._stage(target)
        image = self._image(number)
        config = copy.deepcopy(image.config)
        config["labels"] = {**config["labels"], **self.labels}
        return Image(image.layers, config)

    def _stage(self, name: str) -> int:
        for number, stage in enumerate(self.stages):
            if stage.name.lower() == name.lower() and name:
                return number
        return int(name) if name.isdigit() else -1

    def _declare(self, rest: str, values: dict[str, str], others: Mapping[str, str]) -> None:
        for word in words_of(rest, {**others, **values}):
            name, equals, default = word.partition("=")
            if name in self.arguments:
                values[name] = self.arguments[name]
            elif equals:
                values[name] = default
            elif name in others:
                values[name] = others[name]

    def _image(self, number: int) -> Image:
        if number in self.done:
            return self.done[number]
        stage = self.stages[number]
        name = expanded(stage.base, self.globals)
        earlier = next((i for i in range(number) if self.stages[i].name.lower() == name.lower()), None)
        if name == "scratch":
            base = Image((), copy.deepcopy(EMPTY))
        else:
            base = self._image(earlier) if earlier is not None else self.images(name)
        seen, upper = self.store.open(base.layers)
        config = copy.deepcopy(base.config)
        triggers, config["onbuild"] = config["onbuild"], []
        values: dict[str, str] = {}
        config["said"] = False
        for keyword, rest in [*(_split(text) for text in triggers), *stage.lines]:
            self._step(keyword, rest, seen, config, values)
        self.store.shut(seen)
        config.pop("said")
        self.done[number] = Image((upper, *base.layers), config)
        return self.done[number]

    def _step(self, keyword: str, rest: str, root: Path, config: dict[str, Any], values: dict[str, str]) -> None:
        known = {**values, **config["env"]}
        match keyword:
            case "ARG":
                self._declare(rest, values, self.globals)
            case "ENV" | "LABEL":
                pairs = words_of(rest, known)
                if "=" not in pairs[0]:
                    pairs = [f"{pairs[0]}={rest.split(None, 1)[1]}"]
                config["env" if keyword == "ENV" else "labels"].update(pair.split("=", 1) for pair in pairs)
            case "WORKDIR":
                folder = posixpath.join(config["workdir"] or "/", expanded(rest, known))
                config["workdir"] = posixpath.normpath(folder)
                make_parents(root, inside(root, config["workdir"]), (0, 0))
            case "USER":
                config["user"] = expanded(rest, known)
            case "CMD" | "ENTRYPOINT":
                config[keyword.lower()] = json.loads(rest) if rest.startswith("[") else [*(config["shell"] or SH), rest]
                if keyword == "ENTRYPOINT" and not config["said"]:
                    config["cmd"] = None
                config["said"] = config["said"] or keyword == "CMD"
            case "EXPOSE" | "VOLUME":
                key = "ports" if keyword == "EXPOSE" else "volumes"
                config[key] = sorted({*config[key], *words_of(rest, known)})
            case "ONBUILD":
                config["onbuild"] = [*config["onbuild"], rest]
            case "RUN":
                words = json.loads(rest) if rest.startswith("[") else [*(config["shell"] or SH), rest]
                environment = {**config, "env": {**values, **config["env"]}}
                if run(root, words, environment, self.store.folder / "output"):
                    raise FailedError(f"RUN {rest}")
            case "COPY" | "ADD":
                self._copy(keyword, rest, root, config, known)
            case "TEXT":
                target, _, text = rest.partition("\n")
                place = inside(root, posixpath.join(config["workdir"] or "/", target))
                make_parents(root, place.parent, (0, 0))
                place.write_text(f"{text}\n")  # the last end of a line is not part of the parsed text
                place.chmod(0o644)
            case "SHELL":
                config["shell"] = json.loads(rest)
            case "STOPSIGNAL" | "MAINTAINER" | "HEALTHCHECK":
                config[keyword.lower()] = expanded(rest, known)
            case _:
                raise FailedError(f"{keyword} is not known here")

    def _copy(self, keyword: str, rest: str, root: Path, config: dict[str, Any], known: dict[str, str]) -> None:
        flags: dict[str, str] = {}
        while found := re.match(r"--(\w+)=(\S+)\s+", rest):
            flags[found[1]] = expanded(found[2], known)
            rest = rest[found.end() :]
        *sources, target = words_of(rest, known)
        place = target if target.startswith("/") else posixpath.join(config["workdir"] or "/", target)
        if target in (".", "./", "") or target.endswith("/."):
            place = place.rstrip(".").rstrip("/") + "/"
        tree, owner = self.context, (0, 0)
        if "from" in flags:
            number = self._stage(flags["from"])
            image = self._image(number) if number >= 0 else self.images(flags["from"])
            tree, owner = self.store.view(image.layers), None  # type: ignore[assignment]
        if "chown" in flags:
            owner = owner_in(root, flags["chown"])
        mode = int(flags["chmod"], 8) if "chmod" in flags else None
        Copying(tree, root, owner, keyword == "ADD", mode).all(sources, place)


def _split(text: str) -> tuple[str, str]:
    keyword, _, rest = text.partition(" ")
    return keyword.upper(), rest.strip()
