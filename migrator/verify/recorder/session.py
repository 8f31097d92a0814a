"""What one run of a script has of its own: its names, where its calls are written, how the engine is reached."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from migrator.dockercli.names import normal_image, split_tag

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "migrator-"
# The file in a session's folder with the ids of images that have no name.
STEPS = "steps"
_PORT = "__p"
_ID = re.compile(r"(?:sha256:)?[0-9a-f]{12,64}")


@dataclass(frozen=True)
class Session:
    """One run of a script.

    `run` is in every name that it makes. `hidden` are the images that the script builds: an image of the user's that
    happens to have such a name does not exist for it. `watched` are paths in the script's folder `root` whose content
    is noted before every call. `network` is what every build and container has in place of what the script says.
    """

    run: str
    client: tuple[str, ...]
    environment: Mapping[str, str]
    folder: str
    root: str
    hidden: tuple[str, ...] = ()
    watched: tuple[str, ...] = ()
    cache: bool = False
    named_contexts: bool = False
    builder: str = "buildkit"
    network: str = ""

    def save(self) -> Path:
        """Write the session into its folder, for the recorder to read; the path of that file."""
        path = Path(self.folder) / "session.json"
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")
        return path

    @classmethod
    def load(cls, path: str) -> Session:
        """The session that was saved at `path`."""
        raw = json.loads(Path(path).read_text(encoding="utf-8"))
        lists = {name: tuple(value) for name, value in raw.items() if isinstance(value, list)}
        return cls(**{**raw, **lists})

    @property
    def log(self) -> Path:
        """The file with one JSON object per call."""
        return Path(self.folder) / "calls.jsonl"

    @property
    def refusals(self) -> Path:
        """The file with what the client could not be asked."""
        return Path(self.folder) / "refusals"

    @property
    def prefix(self) -> str:
        """What every container, volume and network of this run begins with; in an image a slash stands for the dash."""
        return f"{PREFIX}{self.run}-"

    @property
    def repository(self) -> str:
        """What every image of this run begins with."""
        return f"{PREFIX}{self.run}/"

    def private_image(self, name: str) -> str:
        """The private name of an image: the same name under a prefix of this run.

        A registry's port cannot stay in the middle of a name, so `host:5000/x` becomes `host__p5000/x`.
        """
        repository, tag = split_tag(normal_image(name))
        first, slash, rest = repository.partition("/")
        if slash:
            repository = f"{first.replace(':', _PORT)}/{rest}"
        return f"{self.repository}{repository}:{tag}"

    def image(self, name: str) -> str:
        """What an image operand of the script means: a private name when the script makes that image, else itself."""
        if "@" in name or name.startswith(self.repository):
            return name
        if self.is_made(name) or normal_image(name) in self.hidden:
            return self.private_image(name)
        return name

    def is_private(self, name: str) -> bool:
        """Whether a name that `image` gave, or that the engine lists, is one of this run's."""
        return name.removeprefix("localhost/").startswith(self.repository)

    def thing(self, name: str) -> str:
        """The private name of a container, a volume or a network."""
        return name if name.startswith(self.prefix) else f"{self.prefix}{name.removeprefix('/')}"

    def made(self) -> tuple[str, ...]:
        """The names of the images that this run made so far, as the script wrote them, in their normal form."""
        folder = Path(self.folder) / "made"
        if not folder.is_dir():
            return ()
        return tuple(sorted(path.read_text(encoding="utf-8") for path in folder.iterdir()))

    def is_made(self, name: str) -> bool:
        """Whether this run made an image of that name, also when it has removed it since."""
        return self._mark(name).exists()

    def mark_made(self, name: str) -> None:
        """Remember that this run made an image of that name."""
        mark = self._mark(name)
        mark.parent.mkdir(exist_ok=True)
        mark.write_text(normal_image(name), encoding="utf-8")

    def note_rewritten(self, name: str, content: bytes) -> None:
        """Remember a Dockerfile as a build got it, with private names in it: a context may hold it as well."""
        digest = hashlib.sha256(content).hexdigest()
        path = Path(self.folder) / "rewritten" / digest
        path.parent.mkdir(exist_ok=True)
        path.write_text(name.rpartition("/")[2], encoding="utf-8", errors="surrogateescape")

    def rewritten(self) -> dict[str, str]:
        """The sha256 of every Dockerfile that a build got with private names, by a path that ends in its name."""
        folder = Path(self.folder) / "rewritten"
        found = sorted(folder.iterdir()) if folder.is_dir() else []
        return {
            f"{path.name}/{path.read_text(encoding='utf-8', errors='surrogateescape')}": path.name for path in found
        }

    def _mark(self, name: str) -> Path:
        return Path(self.folder) / "made" / quote(normal_image(name), safe="")

    def public(self, text: str) -> str:
        """A text of the engine's as the script would see it without us: with its own names."""
        text = re.sub(
            rf"(?:docker\.io/|localhost/)?{re.escape(self.repository)}([\w.-]+)",
            lambda match: re.sub(rf"{_PORT}(\d+)$", r":\1", match[1]),
            text,
        )
        return text.replace(self.prefix, "")

    def note(self, entry: Mapping[str, object]) -> None:
        """Append one call to the log: in one write, since a script may make calls side by side."""
        line = json.dumps(entry, ensure_ascii=True) + "\n"
        descriptor = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line.encode("ascii"))
        finally:
            os.close(descriptor)


def is_id(name: str) -> bool:
    """Whether a word can be an id of an image or a container, in full or cut to twelve characters or more."""
    return _ID.fullmatch(name) is not None
