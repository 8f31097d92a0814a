"""The table of scripts: every `[[row]]` of `scripts/*.toml`, over the repository in which they all stand."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path(__file__).parent

# What every row's repository holds besides the script; a row's `files` come on top.
REPOSITORY: Mapping[str, str] = MappingProxyType(
    {
        "Dockerfile": "FROM alpine\nCOPY app /app\n",
        "Dockerfile.build": "FROM golang\nWORKDIR /src\nCOPY . .\nRUN make\n",
        "Dockerfile.in": "FROM @BASE@\nCOPY app /app\n",
        "VERSION": "1.4.2\n",
        "README.md": "# sample\n",
        "conf/app.conf": "port=8080\nname=app\n",
        "conf/db.conf": "host=db\n",
        "conf/app.env": "TAG=dev\nREGISTRY=registry.example.com\n",
        "src/main.c": "int main(void) { return 0; }\n",
        "src/lib/one.c": "int one;\n",
        "src/lib/two.c": "int two;\n",
        "services/api/Dockerfile": "FROM alpine\nCOPY api /api\n",
        "services/api/Dockerfile.build": "FROM golang\nCOPY . .\n",
        "services/web/Dockerfile": "FROM nginx\nCOPY dist /usr/share/nginx/html\n",
        "services/web/Dockerfile.build": "FROM node\nCOPY . .\n",
    }
)


@dataclass(frozen=True)
class Row:
    """One script and how it is called.

    `env` is known to both sides; `hidden_env` is set for bash and not known to us, and likewise the arguments when
    `hidden_args` is set. `fails` names docker commands that fail for bash. With `branches` the script depends on
    something that we cannot know: one of our worlds must be what bash did. `differs` is the reason why this row is
    not equal, and then it must not be. With `own` the program is run by the interpreter of the tests, which has the
    libraries that it uses; with `task` it is one of Invoke's, or of Fabric 1's in a fabfile. `shell` is a script that
    does the same, where the library is not at hand.
    """

    name: str
    script: str
    path: str = "build.sh"
    args: tuple[str, ...] = ()
    hidden_args: bool = False
    env: Mapping[str, str] = field(default_factory=dict)
    hidden_env: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    fails: str = ""
    branches: bool = False
    differs: str = ""
    own: bool = False
    task: str = ""
    shell: str = ""
    status: int = 0

    @property
    def texts(self) -> dict[str, str]:
        """Path to text of every file of the repository, the script among them."""
        return {**REPOSITORY, **self.files, self.path: self.script}


def rows() -> list[Row]:
    """All rows, named after their file and themselves."""
    found = []
    for path in sorted((HERE / "scripts").glob("*.toml")):
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["row"]:
            values = {**entry, "name": f"{path.stem}: {entry['name']}", "args": tuple(entry.get("args", ()))}
            found.append(Row(**values))
    return found
