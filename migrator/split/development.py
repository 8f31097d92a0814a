"""Packages of Node for development: taken out behind the build where nothing that runs needs them, or why not."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from migrator.rules import split as rules
from migrator.split.bases import split_name
from migrator.split.manifest import Lock, lock, manifest
from migrator.split.packages import installation, is_housekeeping
from migrator.split.running import used
from migrator.split.steps import Role

if TYPE_CHECKING:
    from migrator.split.fat import Fat
    from migrator.split.manifest import Manifest
    from migrator.split.plan import Plan
    from migrator.split.statements import Statement

_MANAGERS = frozenset(("npm", "yarn", "pnpm"))
_INSTALLS = frozenset(("install", "i", "ci", "clean-install"))
_RUNS = frozenset("run run-script test t exec audit cache config fund ls rebuild set".split())
_LOCKS = ("package-lock.json", "npm-shrinkwrap.json")
_PRODUCTION = {"--omit=dev", "--only=production", "--only=prod", "--production", "--production=true", "--prod", "-P"}
_DEVELOPMENT = {"-D", "--dev", "--only=dev", "--only=development"}
_ALL = {"--production=false", "--include=dev", "--prod=false", *_DEVELOPMENT}
# What npm is told at the install and has to be told again, since it looks at the whole tree anew.
_AGAIN = frozenset(("--legacy-peer-deps", "--force", "-f", "--strict-peer-deps", "--omit=optional", "--no-optional"))
_ON_INSTALL = ("preinstall", "install", "postinstall", "prepare")
_WORKSPACES = {"-w", "--workspace", "-ws", "--workspaces"}
_PLAIN = re.compile(r"/[\w./@+-]*")
_LOOKS = frozenset("cat ls echo test grep head stat [".split())
_HARMLESS = frozenset(
    "chmod chown chgrp mkdir rm rmdir ln touch adduser addgroup useradd groupadd usermod groupmod setcap echo true ls "
    "cat sed mv cp curl wget tar unzip update-ca-certificates locale-gen".split()
)
# npm 7, the first that takes --omit, came with Node 15.
_OMITS = 15
_LATEST = re.compile(r"(?:latest|current|lts|alpine|slim|bookworm|bullseye|trixie|buster|stretch)\b")


@dataclass(frozen=True)
class Prune:
    """The command that takes packages for development out of a folder, and as whom it runs."""

    folder: str
    user: str
    command: str
    packages: frozenset[str]
    kept: frozenset[str]

    @property
    def modules(self) -> str:
        """The folder that the packages are in, with a slash behind it."""
        return f"{self.folder.rstrip('/')}/node_modules/"


@dataclass(frozen=True)
class _Install:
    index: int
    statement: Statement
    folder: str

    @property
    def words(self) -> set[str]:
        return {word or "" for word in self.statement.operands}

    @property
    def production(self) -> bool:
        """Whether it leaves packages for development out by itself."""
        pairs = set(zip(self.statement.operands, self.statement.operands[1:], strict=False))
        if self.words & _ALL:
            return False
        if self.words & _PRODUCTION or pairs & {("--omit", "dev"), ("--only", "production"), ("--only", "prod")}:
            return True
        env = {name.lower(): value for name, value in self.statement.variables.items()}
        return (
            env.get("node_env") == "production"
            or env.get("npm_config_production") == "true"
            or env.get("npm_config_omit") == "dev"
        )


def without_development(plan: Plan, *, keep: bool = False) -> Plan:
    """The plan with the packages for development taken out of what is carried, or with the reasons why they are not."""
    if keep:
        return plan
    for folder, installs in _folders(plan).items():
        last = installs[-1]
        found = _decided(plan, folder, installs)
        span = last.statement.span
        if isinstance(found, Prune):
            shown = (
                f"{len(found.packages)} of package.json"
                if len(found.packages) > 3
                else ", ".join(sorted(found.packages))
            )
            note = rules.DEVELOPMENT_LEFT.at(span, command=found.command, packages=shown)
            plan = replace(plan, prunes=(*plan.prunes, found), notes=(*plan.notes, note))
        elif isinstance(found, tuple):
            note = rules.DEVELOPMENT_NEEDED.at(span, package=found[0], where=found[1])
            plan = replace(plan, notes=(*plan.notes, note))
        elif found:
            plan = replace(plan, notes=(*plan.notes, rules.DEVELOPMENT_KEPT.at(span, why=found)))
    return plan


def lines(plan: Plan) -> tuple[str, ...]:
    """What the builder does behind its last step to take the packages out."""
    states = (*plan.fat.scope.states, plan.fat.scope.end)
    user, folder = states[plan.end + 1].user, states[plan.end + 1].workdir
    found: list[str] = []
    for prune in plan.prunes:
        found += [f"USER {prune.user}"] if prune.user != user else []
        found += [f"WORKDIR {prune.folder}"] if prune.folder != folder else []
        found.append(f"RUN {prune.command}")
        user, folder = prune.user, prune.folder
    return tuple(found)


def _folders(plan: Plan) -> dict[str, list[_Install]]:
    """The folders that are installed into and carried, each with its installs in order."""
    found: dict[str, list[_Install]] = {}
    carried = [one.path for one in plan.carried if one.folder]
    for step in plan.steps:
        for one in step.judged:
            verb = _verb(one.statement)
            if one.made is None or one.made.language != "node" or verb not in {*_INSTALLS, "prune"}:
                continue
            place = one.made.outputs[0].path
            folder = posixpath.dirname(place) if posixpath.basename(place) == "node_modules" else place
            modules = posixpath.join(folder, "node_modules")
            if any(modules == path or modules.startswith(f"{path}/") for path in carried):
                found.setdefault(folder, []).append(_Install(step.index, one.statement, folder))
    # A prune of the Dockerfile's own counts only behind an install.
    return {folder: each for folder, each in found.items() if _verb(each[0].statement) != "prune"}


def _verb(statement: Statement) -> str:
    if statement.program not in _MANAGERS:
        return ""
    moved = statement.option("--prefix", "--cwd", "-C", "--dir")
    words = [word for word in statement.operands if word and not word.startswith("-") and word != moved]
    if len(words) > 1 and words[0] in _INSTALLS:
        return "add"
    return words[0] if words else "install"


def _decided(plan: Plan, folder: str, installs: list[_Install]) -> Prune | tuple[str, str] | str | None:
    """What takes them out; or a package that is needed and where; or why they stay; or None where there are none."""
    fat, last = plan.fat, installs[-1]
    if last.production:
        return None
    path = posixpath.join(folder, "package.json")
    if path not in fat.landed:
        return f"no package.json of the context is known to be in {folder}"
    told = manifest(fat.project.text(fat.landed[path]))
    if isinstance(told, str):
        return f"{fat.landed[path]} cannot be read: {told}"
    if not told.development:
        return None
    why = _unclear(plan, folder, installs, told)
    if why:
        return why
    text = next((found for name in _LOCKS if (found := _text(fat, folder, name)) is not None), None)
    locked = lock(text)
    others = [_text(fat, folder, name) for name in ("yarn.lock", "pnpm-lock.yaml")]
    use = used(fat, folder, told, locked, text if text is not None else next((one for one in others if one), None))
    if use is not None:
        return (use.package, use.where) if use.package else use.where
    command = _command(plan, last, told, locked)
    if command.startswith("?"):
        return command[1:]
    user = fat.scope.states[last.index].user
    return Prune(folder, user, command, told.development, told.production - told.development)


def _text(fat: Fat, folder: str, name: str) -> str | None:
    source = fat.landed.get(posixpath.join(folder, name))
    return None if source is None else fat.project.text(source)


def _unclear(plan: Plan, folder: str, installs: list[_Install], told: Manifest) -> str:
    """Why it cannot be told what is in node_modules and who needs it; empty where it can."""
    fat, last = plan.fat, installs[-1]
    files = {posixpath.basename(path) for path in fat.landed if posixpath.dirname(path) == folder}
    places = {one.source for each in fat.brought for one in each.landings or () if _is_manifest(one.path, folder)}
    state = (*fat.scope.states, fat.scope.end)[plan.end + 1]
    user = fat.scope.states[last.index].user
    if told.workspaces or files & {"pnpm-workspace.yaml", "lerna.json"} or last.words & _WORKSPACES:
        return "package.json has workspaces"
    if len(places) > 1 or any(each.landings is None and each.index <= plan.end for each in fat.brought):
        return "which package.json is there depends on a COPY that brings another, or what is not known"
    if told.both:
        return f"package.json has {min(told.both)} both among dependencies and among devDependencies"
    if len({one.statement.program for one in installs}) > 1:
        return "several package managers install into one folder"
    if _DEVELOPMENT & last.words:
        return f"`{last.statement.text}` asks for them"
    if not _PLAIN.fullmatch(folder) or not re.fullmatch(r"[\w.:-]*", user) or (not user and state.user):
        return "the user or the folder of the install cannot be written again"
    includes = {name.lower() for name in last.statement.variables} & {"npm_config_include", "npm_config_omit"}
    if includes or re.search(r"^\s*(?:include|omit|only)\b", _text(fat, folder, ".npmrc") or "", re.MULTILINE):
        return "the settings of npm say what to install"
    return _changes(plan, folder, last)


def _is_manifest(path: str, folder: str) -> bool:
    return path == posixpath.join(folder, "package.json")


def _changes(plan: Plan, folder: str, last: _Install) -> str:
    """A step that changes package.json or packages, or that may use packages later; empty without one."""
    for step in plan.steps:
        for one in step.judged:
            statement = one.statement
            shown = f"`{' '.join(statement.text.split())[:80]}`"
            named = [word or "" for word in (*statement.words, *statement.writes)]
            if any("package.json" in word for word in named) and not _only_reads(statement, folder):
                return f"{shown} may change package.json"
            verb = _verb(statement)
            if (
                verb
                and verb not in {*_INSTALLS, *_RUNS, "prune"}
                and not _is_global(statement)
                and not _is_script(plan, folder, statement, verb)
            ):
                return f"{shown} may change package.json, or which packages there are"
            late = step.index >= last.index and one.role is Role.KEEP and step.text is not None
            installs = installation(statement) is not None or is_housekeeping(statement)
            if late and not installs and statement.program not in _HARMLESS:
                return f"{shown} runs in the last stage and may use them"
    return ""


def _only_reads(statement: Statement, folder: str) -> bool:
    if statement.program == "cp" and len(statement.words) > 2 and not statement.writes:
        target = statement.path(statement.words[-1] or "*")
        return target is not None and target != folder and posixpath.basename(target) != "package.json"
    return statement.program in _LOOKS and not statement.writes


def _is_global(statement: Statement) -> bool:
    return bool({"-g", "--global", "global", "--version", "-v"} & set(statement.words))


def _is_script(plan: Plan, folder: str, statement: Statement, verb: str) -> bool:
    """Whether the word behind the manager is a script of package.json, or npm's own name for one."""
    told = manifest(_text(plan.fat, folder, "package.json"))
    scripts = told.scripts if not isinstance(told, str) else {}
    return verb in scripts and (statement.program != "npm" or verb in {"start", "stop", "restart"})


def _command(plan: Plan, last: _Install, told: Manifest, locked: Lock) -> str:
    """The command that takes them out; with a question mark in front, why there is none."""
    fat, program = plan.fat, last.statement.program
    hooks = [name for name in _ON_INSTALL if name in told.scripts]
    if program == "npm":
        modern = _is_modern(plan, locked)
        again = [word for word in last.statement.operands if word and word in _AGAIN]
        if modern is None:
            return f"?neither the tag of {fat.base} nor a lock file says which npm it is"
        if modern or not hooks:
            return " ".join(["npm prune --omit=dev" if modern else "npm prune --production", *again])
    if hooks or "@prisma/client" in told.production:
        what = f'the script "{hooks[0]}" of package.json' if hooks else "what is generated for @prisma/client"
        return f"?this {program} may run or undo {what} where it takes packages out"
    if fat.instructions[last.index].flags:
        return f"?{program} may ask for packages again, and the RUN that installs has mounts or a network of its own"
    if program == "pnpm":
        return "CI=true pnpm prune --prod"
    locked_by = _text(fat, last.folder, "yarn.lock") or ""
    later = [one for one in fat.landed if posixpath.basename(one) == ".yarnrc.yml" or "/.yarn/releases/" in one]
    newer = re.match(r"yarn@(?!1\.)", told.manager) or later or "__metadata:" in locked_by
    told_version = any(
        {"set", "berry", "stable"} & set(one.statement.words) and one.statement.program == "yarn"
        for step in plan.steps
        for one in step.judged
    )
    if newer or told_version:
        return "?yarn 2 and later has no command for it that every project has"
    if "# yarn lockfile v1" not in locked_by:
        return "?there is no yarn.lock of yarn 1 beside package.json"
    return "yarn install --production --ignore-scripts --prefer-offline --frozen-lockfile"


def _is_modern(plan: Plan, locked: Lock) -> bool | None:
    """Whether npm is 7 or later: by an npm that is installed, the tag of the base, or the form of the lock file."""
    for step in plan.steps:
        for one in step.judged:
            told = next(
                (
                    word
                    for word in one.statement.words
                    if word and re.match(r"npm(?:@|$)", word) and word != one.statement.words[0]
                ),
                None,
            )
            if one.statement.program == "npm" and told and _is_global(one.statement):
                version = re.match(r"npm@\^?~?(\d+)", told)
                return int(version[1]) >= 7 if version else (True if told in {"npm", "npm@latest"} else None)
    repository, tag = split_name(plan.fat.base)
    if posixpath.basename(repository) == "node":
        number = re.match(r"v?(\d+)", tag)
        if number:
            return int(number[1]) >= _OMITS
        if not tag or _LATEST.match(tag):
            return True
    return locked.version >= 2 if locked.version else None
