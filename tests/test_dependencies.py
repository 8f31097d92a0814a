"""What the package imports is declared, and what is declared is locked."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# What the tool can do more with, and what it is made with.
OPTIONAL = [text for name, texts in PROJECT["optional-dependencies"].items() if name != "dev" for text in texts]
EXTRAS = [text for texts in PROJECT["optional-dependencies"].values() for text in texts]
LOCK = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")


def foreign_imports(root: Path, but: tuple[str, ...] = ()) -> set[str]:
    names: set[str] = set()
    for path in root.rglob("*.py"):
        if set(path.relative_to(root).parts) & set(but):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
    return names - sys.stdlib_module_names - {"migrator"}


def undeclared(imports: set[str], requirements: list[str]) -> list[str]:
    declared = {canonicalize_name(Requirement(text).name) for text in requirements}
    owners = packages_distributions()
    return sorted(name for name in imports if not {canonicalize_name(o) for o in owners.get(name, [name])} & declared)


def unlocked(requirements: list[str], lock: str) -> list[str]:
    pins = {
        canonicalize_name(name): version for name, version in re.findall(r"^([\w.-]+)==([\w.!+]+)", lock, re.MULTILINE)
    }
    found = []
    for requirement in map(Requirement, requirements):
        version = pins.get(canonicalize_name(requirement.name))
        if version is None or not requirement.specifier.contains(version):
            found.append(f"{requirement}: locked is {version}")
    return found


def test_every_import_is_a_declared_dependency() -> None:
    assert undeclared(foreign_imports(ROOT / "migrator"), PROJECT["dependencies"] + OPTIONAL) == []


def test_every_import_of_a_test_is_a_declared_dependency() -> None:
    tests = ROOT / "tests"
    siblings = {path.name for path in tests.iterdir() if path.is_dir()}
    siblings |= {path.stem for folder in (tests, ROOT / "scripts") for path in folder.rglob("*.py")}
    # What stands in the folders of the cases belongs to the repositories that they show.
    imports = foreign_imports(tests, but=("cases", "repo")) | foreign_imports(ROOT / "scripts")
    assert undeclared(imports - siblings, PROJECT["dependencies"] + EXTRAS) == []


def test_every_declared_range_holds_the_locked_version() -> None:
    assert unlocked(PROJECT["dependencies"] + EXTRAS, LOCK) == [], "run: make lock"


def test_lock_has_a_hash_for_everything_and_names_no_host() -> None:
    blocks = re.split(r"^(?=[\w.-]+==)", LOCK, flags=re.MULTILINE)[1:]
    assert blocks
    assert [block for block in blocks if "--hash=sha256:" not in block] == []
    assert re.findall(r"\w+://|--\w*index|--find-links", LOCK) == []


def test_faults_are_seen(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        "import os, hypothesis\nfrom click.core import Group\nfrom . import b\nimport not_there\n"
    )
    found = foreign_imports(tmp_path)
    assert found == {"hypothesis", "click", "not_there"}
    assert undeclared(found, ["click>=8"]) == ["hypothesis", "not_there"]
    assert unlocked(["Click>=8,<9", "rich>=13"], "click==9.0 \\\n") == [
        "Click<9,>=8: locked is 9.0",
        "rich>=13: locked is None",
    ]
