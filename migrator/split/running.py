"""Whether what an image runs uses packages of Node that only development is said to need."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.split.manifest import PROGRAMS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.split.fat import Fat
    from migrator.split.manifest import Lock, Manifest

SOURCES = (".js", ".cjs", ".mjs", ".ts", ".cts", ".mts", ".jsx", ".tsx")
_TOKEN = re.compile(r"[@\w.~/-][\w@./:~-]*")
_SCRIPT_RUNNERS = frozenset(
    ("npm", "yarn", "pnpm", "yarnpkg", "run-s", "run-p", "npm-run-all", "concurrently", "npx", "nodemon")
)
_STARTERS = frozenset("exec env cross-env env-cmd dotenv npx tini dumb-init time nohup -- run".split())
# What a script starts that no package brings.
_OF_SYSTEM = frozenset(
    "node nodejs npm yarn yarnpkg pnpm corepack sh bash ash cd echo export set test [ true false : exit sleep cat cp "
    "mv rm mkdir ln ls chmod chown touch sed awk grep wait trap exec kill date which su-exec gosu python".split()
)
_BUILTIN = frozenset(
    "assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain "
    "events fs http http2 https inspector module net os path perf_hooks process punycode querystring readline repl "
    "stream string_decoder sys timers tls trace_events tty url util v8 vm wasi worker_threads zlib".split()
)
# Those that compile what they load while the program runs, and the packages that they do it with.
_COMPILERS = frozenset(
    ("@babel/register", "@babel/node", "babel-register", "ts-node", "ts-node-dev", "@swc-node/register")
)
_COMPILES_WITH = re.compile(r"typescript|@babel/[\w-]+|babel-[\w-]+|@swc/core")
_BY_MANAGER = re.compile(
    r"(?:\bnpx\s+(?:-\S+\s+)*|\b(?:yarn|pnpm)\s+(?:run\s+|exec\s+)?(?!run\b|exec\b)|node_modules/\.bin/)([\w@][\w@./-]*)"
)
_TYPES = re.compile(r"\b(?:import|export)\s+type\b[^;'\"]*from\s*(['\"])[^'\"\n]*\1")
_QUOTED = re.compile(r"""(['"`])([^'"`\n\\$]+)\1""")
_TAKEN = re.compile(
    r"""(?:\brequire(?:\.resolve)?\s*\(\s*|\bimport\s*\(\s*|\b(?:import|export)\b[^'"`;()]*\bfrom\s*|\bimport\s+)(['"`])([^'"`\n\\$]+)\1"""
)
# A relative path, `node:fs`, `#inside`, `@/alias` and `~/alias` are none.
_NAME = re.compile(r"(?:@[a-z0-9][\w.-]*/)?[A-Za-z0-9][\w.-]*")
_OPEN = re.compile(r"\b(?:require(?:\.resolve)?|import)\s*\(\s*(?!['\"`\s])|\b(?:require|import)\s*\(\s*`[^`]*\$\{")
_ASIDE = re.compile(
    r"(?:^|/)(?:__tests__|__mocks__|tests?|spec|e2e|cypress|stories|\.storybook|coverage)/|\.(?:test|spec|stories|e2e-spec|d)\.\w+$|"
    r"(?:^|/)(?:[Gg]ulpfile|[Gg]runtfile|karma\.conf|\.\w+rc)\.\w+$"
)
_CONFIG = re.compile(r"(?:^|/)([\w.-]+)\.config\.\w+$")
_LISTS = frozenset(("package.json", "package-lock.json"))
_SERVES = re.compile(r"start|serve|dev|debug|prod")


@dataclass(frozen=True)
class Use:
    """A package that is used, and where. Without a package, `where` says why it cannot be told."""

    package: str
    where: str


def used(fat: Fat, folder: str, told: Manifest, locked: Lock, lock_text: str | None) -> Use | None:
    """The first package for development that what the image runs uses; None where none is seen."""
    return _Running(fat, folder, told, locked, lock_text).used()


def _first(command: str) -> list[str]:
    """The program that a command of a script starts."""
    words = [word for word in command.split() if not re.match(r"\w+=", word)]
    while words and words[0] in _STARTERS and len(words) > 1:
        words.pop(0)
    return words[:1]


def package_of(word: str) -> str:
    """The package that a name for `require` belongs to."""
    parts = word.split("/")
    return "/".join(parts[: 2 if word.startswith("@") else 1])


@dataclass(frozen=True)
class _Running:
    """One folder with its package.json, and what the image does in it."""

    fat: Fat
    folder: str
    told: Manifest
    locked: Lock
    lock_text: str | None

    def used(self) -> Use | None:
        texts = self.texts()
        for where, text in texts.items():
            for token in _TOKEN.findall(text):
                package = self.brings(token)
                borrowed = package in self.locked.development and posixpath.basename(token) in self.locked.programs
                if package in self.told.development or borrowed:
                    return Use(package, where)
        compilers = sorted(_COMPILERS & self.told.production)
        if compilers:
            for package in sorted(filter(_COMPILES_WITH.fullmatch, self.told.development)):
                return Use(package, f"{compilers[0]}, which compiles while the program runs")
        foreign = next((one for where, text in texts.items() for one in self.foreign(where, text)), None)
        if foreign is not None:
            return foreign
        return next((one for source in self.sources(texts) for one in self.read(source)), None)

    # --- what is started ---------------------------------------------------------------------------------------------

    def texts(self) -> dict[str, str]:
        """The texts that say what runs, by the name of their place: instructions, scripts, and scripts of those."""
        found: dict[str, str] = {}
        for keyword in ("ENTRYPOINT", "CMD", "HEALTHCHECK"):
            instruction = self.fat.last(keyword)
            if instruction is not None:
                found[f"{keyword} in line {instruction.span.line}"] = instruction.value
        options = self.fat.scope.end.env.get("NODE_OPTIONS")
        found |= {"NODE_OPTIONS": options} if options else {}
        todo = list(found.values())
        while todo:
            for where, text in self.follow(todo.pop()):
                if where not in found:
                    found[where] = text
                    todo.append(text)
        return found

    def follow(self, text: str) -> Iterator[tuple[str, str]]:
        """The scripts that a text starts: those of package.json, and files of the image that a shell reads."""
        tokens = set(_TOKEN.findall(text))
        names = {part for token in tokens for part in (token, token.partition(":")[2])}
        if tokens & _SCRIPT_RUNNERS or {posixpath.basename(one) for one in tokens} & _SCRIPT_RUNNERS:
            for name, script in self.told.scripts.items():
                if name in names or name.removeprefix("pre") in names or name.removeprefix("post") in names:
                    yield f'the script "{name}" of package.json', script
        ends = {posixpath.basename(one) for one in tokens if "." in one or "/" in one}
        for path, source in self.fat.landed.items():
            name = posixpath.basename(path)
            if name in ends and not source.endswith(SOURCES) and name not in _LISTS:
                content = self.fat.project.text(source) or ""
                if content.startswith("#!") or source.endswith((".sh", ".json", ".yml", ".yaml")):
                    yield source, content

    def brings(self, token: str) -> str:
        """The package that a word of a command stands for."""
        inside = token.rpartition("node_modules/")[2]
        name = inside.removeprefix(".bin/")
        if name in self.locked.programs:
            return self.locked.programs[name]
        package = package_of(re.sub(r"(?<=.)@[\w.^~-]+$", "", name))
        return PROGRAMS.get(name, package) if package not in self.told.development else package

    def foreign(self, where: str, text: str) -> Iterator[Use]:
        """A program that is started out of node_modules, or by a script of package.json, of a package nobody knows."""
        plain = re.sub(r"[\[\]\"',]+", " ", text)
        found = [name for name in _BY_MANAGER.findall(plain) if name not in self.told.scripts]
        if "package.json" in where:
            found += [name for part in re.split(r"&&|\|\||[;|&\n]", plain) for name in _first(part)]
        elif where.startswith(("CMD", "ENTRYPOINT")) and ".bin" in (self.fat.scope.end.env.get("PATH") or ""):
            found += _first(plain)
        for name in found:
            inside = "/" not in name or "node_modules/" in name
            if inside and name not in _OF_SYSTEM and self.brings(name) not in self.told.production:
                yield Use("", f"which package has the program {name}, which {where} starts, is not known")

    # --- what is read ------------------------------------------------------------------------------------------------

    def sources(self, texts: dict[str, str]) -> list[str]:
        """The files of the context that may run: those that the started ones lead to, or else all that are no tests."""
        tokens = {token for text in texts.values() for token in _TOKEN.findall(text)}
        bases = (self.folder, self.fat.workdir)
        entries = [self.resolved(posixpath.join(base, one)) for one in sorted(tokens) for base in bases]
        todo = [one for one in dict.fromkeys(entries) if one]
        files = any(one.endswith(SOURCES) and self.landed(posixpath.join(self.folder, one)) is None for one in tokens)
        if not todo or files:
            return self.every(tokens)
        seen: list[str] = []
        while todo:
            path = todo.pop()
            if path in seen:
                continue
            seen.append(path)
            text = self.text(path)
            near = [word for _, word in _TAKEN.findall(text) if word.startswith((".", "/"))]
            found = [self.resolved(posixpath.join(posixpath.dirname(path), word)) for word in near]
            if _OPEN.search(text) or None in found:
                return self.every(tokens)
            todo += [one for one in found if one]
        return seen

    def landed(self, path: str) -> str | None:
        path = posixpath.normpath(path)
        return path if path in self.fat.landed and path.endswith(SOURCES) else None

    def resolved(self, path: str) -> str | None:
        """The file that a relative name leads to; empty for one that is no program, None where it is not there."""
        path = posixpath.normpath(path)
        stem = re.sub(r"\.[cm]?jsx?$", "", path)
        names = [path, *(f"{one}{end}" for one in (path, stem) for end in SOURCES)]
        names += [f"{path}/index{end}" for end in SOURCES]
        file = next((one for one in names if self.landed(one)), None)
        return file or ("" if path in self.fat.landed or f"{path}.json" in self.fat.landed else None)

    def every(self, tokens: set[str]) -> list[str]:
        """The sources below the folder, without tests, and without what only tools read."""
        tools = {posixpath.basename(one) for one in tokens}
        found = []
        for path in self.fat.landed:
            inside = path.removeprefix(f"{self.folder.rstrip('/')}/")
            if not path.endswith(SOURCES) or inside == path or "node_modules/" in path:
                continue
            config = _CONFIG.search(path)
            named = posixpath.basename(path) in tools
            if not named and (_ASIDE.search(inside) or (config and config[1] not in tools) or self.builds(inside)):
                continue
            found.append(path)
        return found

    def builds(self, inside: str) -> bool:
        """Whether a file is what a script of package.json hands to node that does not start the program."""
        told = re.compile(rf"\bnode\s+(?:\./)?{re.escape(inside)}(?:\s|$)")
        naming = [name for name, text in self.told.scripts.items() if told.search(text)]
        return bool(naming) and not any(_SERVES.search(name) for name in naming)

    def text(self, path: str) -> str:
        return _TYPES.sub("", self.fat.project.text(self.fat.landed[path]) or "")

    def read(self, path: str) -> Iterator[Use]:
        """What a source names of the packages for development."""
        source, text = self.fat.landed[path], self.text(path)
        if _CONFIG.search(path) and path.endswith("ts") and "typescript" in self.told.development:
            yield Use("typescript", f"{source}, which is read at the start")
        for _, word in _QUOTED.findall(text):
            if package_of(word) in self.told.development:
                yield Use(package_of(word), f"{source}, which names it")
        for _, word in _TAKEN.findall(text):
            if self.is_borrowed(word):
                yield Use(package_of(word), f"{source}, which takes it without naming it in package.json")

    def is_borrowed(self, word: str) -> bool:
        """Whether a package is taken that package.json does not name, and that may be there for development only."""
        name = package_of(word)
        if not _NAME.fullmatch(name) or name in self.told.production | _BUILTIN:
            return False
        if self.locked.version:
            return name in self.locked.development
        if self.lock_text is not None:
            return (
                re.search(rf"(?<![\w@/.-]){re.escape(name)}@|[/'\"\s]{re.escape(name)}['\"/:]", self.lock_text)
                is not None
            )
        return not any(file.startswith(f"{name}/") for file in self.fat.files)
