"""The table of cases: each folder of tests/cases is a small repository, how it is run, and what must become of it."""

from __future__ import annotations

import os
import re
import shutil
import stat
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.checkout import load as load_checkout
from migrator.migration.convert import convert
from migrator.migration.result import Conversion, Converted, NotApplicable
from migrator.migration.wishes import Runtime, Wishes
from migrator.rules.legacy import BASE_FLOATING
from migrator.trace.symbols import is_symbol

if TYPE_CHECKING:
    from migrator.diagnostics import Diagnostic

CASES = Path(__file__).parent / "cases"
ENGINES = ("buildkit", "buildkit-20.10", "classic", "podman", "buildah")
PODMAN = ("podman", "buildah")


@dataclass(frozen=True)
class Case:
    """One row of the table; the fields are those of its case.toml.

    `targets` are the images that the script leaves and that must be equal afterwards; `set_aside` are patterns of
    paths in an image that may differ, for the recipe files that a whole-context COPY takes along. `variants` are
    further environments in which the one conversion, made without knowing them, must hold as well. `engines` are the
    builders that build it both ways: `buildkit` (of the modern engine), `buildkit-20.10`, `classic`, `podman` and
    `buildah`; a case of which the old way fails on a builder does not name that one. `only` says for one of them what
    differs there all the same, each `/path: aspect` with the reason; where it does not differ, that is a fault as well.
    `export`, `runtimes` and `caches` are options of `convert`. `stays` says why `migrate` leaves the old way in the
    script, where it does.
    `legacy` is the command that runs the old way where `script` is no script but a part of another file, such as
    `Makefile:image`.
    """

    name: str
    folder: Path
    why: str
    status: str = "converted"
    script: str = "build.sh"
    args: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    engine: bool = False
    targets: tuple[str, ...] = ()
    set_aside: tuple[str, ...] = ()
    variants: tuple[dict[str, str], ...] = ()
    engines: tuple[str, ...] = ("buildkit",)
    only: dict[str, dict[str, str]] = field(default_factory=dict)
    export: bool = False
    runtimes: tuple[str, ...] = ()
    caches: bool = False
    legacy: str = ""
    stays: str = ""

    @property
    def is_script(self) -> bool:
        return not self.legacy

    @property
    def file(self) -> str:
        """The file that the script is, or is a part of."""
        return self.script.partition(":")[0]

    @property
    def repo(self) -> Path:
        return self.folder / "repo"

    @property
    def wishes(self) -> Wishes:
        return Wishes(self.export, tuple(Runtime(*text.split(":", 2)) for text in self.runtimes), self.caches)

    @property
    def expected(self) -> Path:
        return self.folder / "expected"


def load_case(folder: Path) -> Case:
    """The case in a folder; a field that is not known is an error."""
    raw = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
    for name in ("args", "targets", "set_aside", "variants", "engines", "runtimes"):
        if name in raw:
            raw[name] = tuple(raw[name])
    unknown = set(raw.get("engines", ())) - set(ENGINES)
    if unknown:
        raise ValueError(f"{folder.name}: no such engine: {', '.join(sorted(unknown))}")
    return Case(name=folder.name, folder=folder, **raw)


def all_cases() -> list[Case]:
    """Every case of the table, by name."""
    return [load_case(folder) for folder in sorted(CASES.iterdir()) if (folder / "case.toml").is_file()]


def copy_repo(case: Case, parent: Path) -> Path:
    """A fresh copy of the case's repository, modes as in a checkout: 0755 for folders and programs, else 0644."""
    root = parent / case.name
    shutil.copytree(case.repo, root, symlinks=True)
    for path in [root, *root.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
    return root


def convert_folder(case: Case, root: Path) -> Conversion:
    """What the tool makes of a copy of the case's repository."""
    return convert(load_checkout(root), case.script, case.args, case.env, case.wishes)


def status_of(result: Conversion) -> str:
    """The status as the JSON document says it."""
    if isinstance(result, Converted):
        return "converted"
    return "not-applicable" if isinstance(result, NotApplicable) else "declined"


def apply_conversion(result: Converted, root: Path) -> None:
    """Writes into a folder what the conversion changes."""
    for change in result.files:
        place = root / change.path
        if change.content is None:
            place.unlink(missing_ok=True)
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(change.content.encode("utf-8", "surrogateescape"))


def commands_of(result: Converted) -> list[str]:
    """The different build commands, in order."""
    return list(dict.fromkeys(target.command for target in result.targets))


def rendered(result: Conversion) -> dict[str, str]:
    """The expectation files of a conversion, by their names under expected/."""
    # Every case stands on alpine:latest, which the engine of the tests has; said of each, it would tell nothing.
    told = [item for item in result.diagnostics if item.rule is not BASE_FLOATING]
    found = {"diagnostics.txt": "".join(f"{_diagnostic(item)}\n" for item in told)}
    if isinstance(result, Converted):
        found["Dockerfile"] = result.dockerfile
        found["commands.txt"] = "".join(f"{target.stage}: {target.command}\n" for target in result.targets)
        for change in result.files:
            if change.path != result.dockerfile_path:
                found[f"files{os.sep}{change.path}"] = change.content if change.content is not None else "(deleted)\n"
    return {name: text for name, text in found.items() if text}


def _diagnostic(item: Diagnostic) -> str:
    place = f"{item.span.file}:{item.span.line}" if item.span is not None else "-"
    return f"{item.severity} {item.code} {place}"


def leaks(text: str) -> bool:
    r"""Whether a text has a sign of the abstract run, as it is or as `\U00100000`, or a name that the run made up."""
    made_up = re.search(r"\\U0010[0-9a-f]{4}|\b(unknown|container|image|tmp)\d+\b", text)
    return made_up is not None or any(map(is_symbol, text))
