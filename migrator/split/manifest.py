"""The package.json of a program for Node, and what its lock file says of packages that only development needs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# Programs that have another name than the package that brings them, where no lock file says it.
PROGRAMS = {
    "tsc": "typescript",
    "tsserver": "typescript",
    "ng": "@angular/cli",
    "nest": "@nestjs/cli",
    "babel": "@babel/cli",
    "babel-node": "@babel/node",
    "vue-cli-service": "@vue/cli-service",
    "sequelize": "sequelize-cli",
    "dotenv": "dotenv-cli",
    "run-s": "npm-run-all",
    "run-p": "npm-run-all",
    "ts-node-esm": "ts-node",
    "tsnd": "ts-node-dev",
    "pm2-runtime": "pm2",
    "remix": "@remix-run/dev",
    "remix-serve": "@remix-run/serve",
    "swc-node": "@swc-node/register",
    "_mocha": "mocha",
}


@dataclass(frozen=True)
class Manifest:
    """What a package.json says: its packages, those that only development needs, and its scripts.

    One that is asked of whoever uses this package and is in devDependencies too counts as one for development, as it
    does for npm. `both` are those that are in the two lists which contradict each other.
    """

    production: frozenset[str]
    development: frozenset[str]
    scripts: Mapping[str, str] = field(default_factory=dict)
    workspaces: bool = False
    manager: str = ""
    both: frozenset[str] = frozenset()


def manifest(text: str | None) -> Manifest | str:
    """The content of a package.json, or why it cannot be read."""
    told = json_object(text)
    if told is None:
        return "it is no JSON object"
    parts = {name: told.get(name, {}) for name in (*_PACKAGES, "devDependencies", "scripts")}
    odd = [name for name, value in parts.items() if not isinstance(value, dict)]
    if odd:
        return f"its {odd[0]} is no object"
    production = frozenset(name for part in _PACKAGES for name in parts[part])
    development = frozenset(parts["devDependencies"])
    scripts = {name: value for name, value in parts["scripts"].items() if isinstance(value, str)}
    manager = told.get("packageManager")
    return Manifest(
        production,
        development,
        scripts,
        "workspaces" in told,
        manager if isinstance(manager, str) else "",
        development & {*parts["dependencies"], *parts["optionalDependencies"]},
    )


_PACKAGES = ("dependencies", "optionalDependencies", "peerDependencies")


@dataclass(frozen=True)
class Lock:
    """What a lock file of npm says: its version, the packages that only development needs, and who brings a program."""

    version: int = 0
    development: frozenset[str] = frozenset()
    programs: Mapping[str, str] = field(default_factory=dict)


def lock(text: str | None) -> Lock:
    """The content of a package-lock.json; one that cannot be read says nothing."""
    told = json_object(text) or {}
    version = told.get("lockfileVersion")
    packages = told.get("packages", told.get("dependencies"))
    found: dict[str, bool] = {}
    programs: dict[str, str] = {}
    for path, entry in packages.items() if isinstance(packages, dict) else ():
        name = path.removeprefix("node_modules/")
        if not name or "node_modules/" in name or not isinstance(entry, dict):
            continue
        found[name] = entry.get("dev") is True
        brings = entry.get("bin")
        programs |= dict.fromkeys(brings, name) if isinstance(brings, dict) else {}
    known = version if isinstance(version, int) and not isinstance(version, bool) else 0
    return Lock(known, frozenset(name for name, only in found.items() if only), programs)


def json_object(text: str | None) -> dict[str, Any] | None:
    """What a text of JSON holds, where that is an object; None where it is none, or not to be read."""
    try:
        told = json.loads((text or "").removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None
