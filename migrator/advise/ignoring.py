"""The `.dockerignore` that is missing: what no stage takes, and what a checkout has only for people and their tools."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from migrator.advise.advice import Advice, Change
from migrator.dockerfile.globs import glob_matcher, has_glob
from migrator.dockerfile.ignore import Pattern
from migrator.project import Kind
from migrator.rules import advice as rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrator.advise.recipe import Recipe
    from migrator.split.landings import Brought

# What tools leave in a folder and a clean checkout does not have: by the file that says that they are used, and by the
# program that makes it anew in the build. Without that program it may be what the host made for this very build.
_MADE = (
    ("package.json", ("npm", "yarn", "pnpm"), ("**/node_modules",)),
    (r".*\.py", (), ("**/__pycache__", "**/*.pyc", "**/.pytest_cache")),
    ("Cargo.toml", ("cargo",), ("**/target",)),
    ("pom.xml", ("mvn", "mvnw"), ("**/target",)),
    (r"build\.gradle(?:\.kts)?", ("gradle", "gradlew"), ("**/build", "**/.gradle")),
    (r".*\.[cf]sproj", ("dotnet",), ("**/bin", "**/obj")),
)
_OWN = ".dockerignore"
_SECRETS = ("**/.env", "**/.DS_Store")
# What is in a checkout for the forge, the editor and the engine; an image has no use for it unless something names it.
_META = re.compile(
    r"\.github|\.gitlab|\.circleci|\.gitlab-ci\.yml|\.travis\.yml|\.gitignore|\.gitattributes|\.editorconfig|\.vscode|\.idea|"
    r"Dockerfile(?:\..+)?|(?:docker-)?compose(?:\..+)?\.ya?ml"
)
# What asks git for a version, or for the list of files.
_ASKS_GIT = re.compile(r"\bgit\b|scm|vcs|versioneer|minver|reckon|axion|hatch-vcs|setuptools-git", re.IGNORECASE)
_RECIPE = re.compile(
    r"(?:.*/)?(?:(?:Dockerfile|Containerfile)(?:[._-][^/]+)?|[^/]+\.dockerfile)(?<!\.dockerignore)", re.IGNORECASE
)
_FROM = re.compile(r"FROM\s+(?:--platform=\S+\s+)?[\w./:@${}-]+(?:\s+AS\s+[\w.-]+)?\s*$", re.IGNORECASE)
_PREAMBLE = re.compile(r"\s*(?:#|ARG\s)", re.IGNORECASE)
# What takes in each file that it finds, in a RUN or a script, where a command stands; and in any other source.
_SWEEPS = re.compile(
    r"(?:^|[;&|(]|\bRUN\s(?:\s*--\S+)*|\b(?:xargs|then|do|sudo|time|exec)\s(?:\s*-\S+)*)\s*(?P<what>"
    r"tar\s+-?[A-Za-z]*c[A-Za-z]*\s|tar\s[^\n]*--create|(?:zip|7z|cpio|jar|find|rsync|(?:md5|sha\d+)sum)\s|"
    r"(?:ls|du|tree)\b[^\n;&]*[|>])|(?<=\s)(?P<all>(?:\./)?\*)(?=\s|$)",
    re.MULTILINE,
)
_EMBEDS = re.compile(
    r"^//go:embed\s(?:.*\s)?(?:all:)?[\"`]?(?:[^\s/]*\*|\.)(?:\s|[\"`]|$)|^\s*global-include\s+\*\s*$", re.MULTILINE
)
_SCRIPTS = (".sh", ".bash", "Makefile", ".mk", "justfile")
# What reads .env without saying so.
_READS_ENV = re.compile(r"dotenv|\.env\b|env_file|read_env|decouple|environs|BaseSettings")
_LARGEST = 1 << 20


def ignore_file(recipe: Recipe) -> Iterator[Advice]:
    """A Dockerfile that copies out of a context without an ignore file."""
    files = recipe.project.files
    if f"{recipe.path}.dockerignore" in files or ".dockerignore" in files:
        return
    brought = [one for part in recipe.parts for one in part.brought if one.copy.from_ is None]
    if not brought:
        return
    if any(one.landings is None for one in brought) or _mounts_context(recipe) or _depends(recipe, brought):
        how = "Write one that names what no COPY takes; what this one takes is not known here."
        yield Advice(rules.NO_IGNORE_FILE.at(recipe.last.stage.origin.span, taken="", how=how))
        return
    taken = {landing.source for one in brought for landing in one.landings or ()}
    everything = set(files) <= taken
    lines = _everything(recipe, taken) if everything else _untaken(recipe, taken)
    text = "".join(f"{line}\n" for line in lines)
    first = next((one for one in brought if one.landings), brought[0]).copy.instruction.span
    more = ", .git and what tools leave there too; COPY takes it along" if everything else ""
    others = _others(recipe)
    sweep = _sweep(recipe, taken) if everything else None
    shared = f"{others[0]} may be built from this folder too, so write one for all. " if others else ""
    shared += f"`{sweep}` may take in each file that is there, so look what it makes without them. " if sweep else ""
    told = rules.NO_IGNORE_FILE.at(first, taken=more, how=f"{shared}One for this Dockerfile: {', '.join(lines)}.")
    if others or sweep:
        yield Advice(told)
        return
    named = [re.escape(posixpath.basename(line)) for line in lines if not line.startswith("**")]
    pattern = rf"(?:.*/)?(?:{'|'.join(named)})(?:/.*)?" if everything else None
    differs = "what .dockerignore names" if everything else ""
    yield Advice(told, Change(files={".dockerignore": text}, safe=True, differs=differs, paths=pattern))


def _mounts_context(recipe: Recipe) -> bool:
    """Whether a RUN sees the context itself: a mount is one of that where it does not say otherwise."""
    mounts = [flag.value or "" for run in recipe.runs for flag in run.instruction.flags if flag.name == "mount"]
    kinds = [dict(part.partition("=")[::2] for part in mount.split(",")) for mount in mounts]
    return any(kind.get("type", "bind") == "bind" and "from" not in kind for kind in kinds)


def _depends(recipe: Recipe, brought: Sequence[Brought]) -> bool:
    """Whether another argument, or where a link points to, decides what a COPY takes."""
    links = {name for name, kind in recipe.project.files.items() if kind is Kind.LINK}
    texts = [source.text for one in brought for source in one.copy.sources]
    names = [posixpath.normpath(f"/{text}").lstrip("/") for text in texts]
    tops = {"/".join(name.split("/")[:depth]) for name in names for depth in range(1, name.count("/") + 2)}
    globs = [matches for name in names if has_glob(name) and (matches := glob_matcher(name)) is not None]
    return (
        any("$" in text for text in texts)
        or bool(links & tops)
        or any(matches(link) for link in links for matches in globs)
    )


def _sweep(recipe: Recipe, taken: set[str]) -> str | None:
    """What makes something of all files of a folder, whatever they are, as far as the texts of the context say it."""
    for name, text in _texts(recipe, taken).items():
        if name == recipe.path or name.endswith(_SCRIPTS):
            found = _SWEEPS.search(re.sub(r"\\\r?\n", " ", text))
            what = (found["what"] or found["all"]).split()[0] if found is not None else None
        else:
            found = _EMBEDS.search(text)
            what = found[0].strip() if found is not None else None
        if what is not None:
            return what
    return None


def _others(recipe: Recipe) -> list[str]:
    """The other Dockerfiles of the checkout, whose builds an ignore file in the same folder may change."""
    names = (name for name in recipe.project.files if name != recipe.path)
    return sorted(name for name in names if _RECIPE.fullmatch(name) or _is_recipe(recipe, name))


def _is_recipe(recipe: Recipe, name: str) -> bool:
    """Whether a file is a Dockerfile under another name."""
    if not (re.search("docker|container", name, re.IGNORECASE) or "." not in posixpath.basename(name)):
        return False
    lines = (recipe.project.text(name) or "")[:_LARGEST].splitlines()
    return _FROM.match(next((one for one in lines if one.strip() and not _PREAMBLE.match(one)), "")) is not None


def _untaken(recipe: Recipe, taken: set[str]) -> list[str]:
    """The names at the top of the context below which no COPY takes anything."""
    used = {name.split("/")[0] for name in taken}
    found = sorted({name.split("/")[0] for name in recipe.project.files} - used)
    git = [] if _names(recipe, ".git") else [".git"]
    return [*git, _OWN, *(str(Pattern(_escaped(name))) for name in found), *_tools(recipe)]


def _names(recipe: Recipe, name: str) -> bool:
    """Whether a COPY out of the context names something, be it in the checkout or not."""
    sources = [
        one.text for part in recipe.parts for each in part.brought if not each.copy.from_ for one in each.copy.sources
    ]
    return any(re.search(rf"(?:^|/){re.escape(name)}(?:/|$)", source) for source in sources)


def _everything(recipe: Recipe, taken: set[str]) -> list[str]:
    """What everything that is copied has no use for."""
    texts = _texts(recipe, taken)
    said = "\n".join(texts.values())
    lines = [_OWN] if _ASKS_GIT.search(said) or _stamped(recipe) or _names(recipe, ".git") else [".git", _OWN]
    tops = sorted({name.split("/")[0] for name in recipe.project.files})
    meta = (name for name in tops if _META.fullmatch(name))
    unnamed = (one for one in meta if not any(one in text for file, text in texts.items() if file != one))
    lines += [str(Pattern(_escaped(name))) for name in unnamed]
    secrets = _SECRETS[1:] if _READS_ENV.search(said) else _SECRETS
    unasked = [line for line in secrets if not _tracked(recipe, line[3:])]
    return [*lines, *unasked, *_tools(recipe)]


def _escaped(name: str) -> str:
    return re.sub(r"[*?\[\\]", lambda match: f"\\{match[0]}", name)


def _texts(recipe: Recipe, taken: set[str]) -> dict[str, str]:
    """What may name a file: the Dockerfile's commands and every text of the context that is copied."""
    found = {recipe.path: "\n".join(run.text for run in recipe.runs)}
    for name in sorted(taken - {recipe.path}):
        if not _META.fullmatch(name.split("/")[0]):
            text = recipe.project.text(name)
            if text is not None and len(text) < _LARGEST:
                found[name] = text
    return found


def _stamped(recipe: Recipe) -> bool:
    """Whether a build of Go may write the state of the repository into the program."""
    return any(
        one.program == "go" and "-buildvcs=false" not in one.words for run in recipe.runs for one in run.commands
    )


def _tools(recipe: Recipe) -> Iterator[str]:
    """What tools leave behind, of which the checkout has nothing."""
    names = {posixpath.basename(name) for name in recipe.project.files}
    started = {one.program for run in recipe.runs for one in run.commands}
    for sign, programs, lines in _MADE:
        if any(re.fullmatch(sign, name) for name in names) and (not programs or started & set(programs)):
            plain = [(line, line.removeprefix("**/")) for line in lines]
            yield from (line for line, name in plain if not _tracked(recipe, name) and not _names(recipe, name))


def _tracked(recipe: Recipe, name: str) -> bool:
    plain = re.escape(name).replace(r"\*", "[^/]*")
    expression = re.compile(rf"(?:.*/)?{plain}(?:/.*)?")
    return any(expression.fullmatch(file) for file in recipe.project.files)
