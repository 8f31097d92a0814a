"""What a program that is verified imports as `docker`: the SDK's plain calls, each as the command line that does it.

This file is copied beside what the program may import, together with `migrator.dockercli.library`, and is run by
whatever Python the program runs on: nothing else of this package is imported here. What it does not have raises, so
that a program which needs more does not come to its end, and nothing is proved.
"""

from __future__ import annotations

import io
import json
import posixpath
from collections import namedtuple
from typing import TYPE_CHECKING, Any, NoReturn

from migrator.dockercli.library import build_words, commit_words, create_words, exec_words, tagged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PIECE = 1 << 20


class DockerException(Exception):  # noqa: N818 — the SDK's own name
    """The SDK's own exception."""


class APIError(DockerException, OSError):
    """The engine said no."""


class NotFound(APIError):  # noqa: N818 — the SDK's own name
    """There is no such thing."""


class ImageNotFound(NotFound):
    """There is no such image."""


class BuildError(DockerException):
    """A build has failed; `build_log` is what it said."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.msg, self.build_log = message, iter([{"error": message}])


class ContainerError(DockerException):
    """What ran in a container has failed."""


def start(words: Sequence[str], data: bytes | None) -> tuple[int, bytes, bytes]:
    """Runs docker; where this file is copied to, something stands in its place that does."""
    raise NotImplementedError(words, data)


def _docker(words: Sequence[str], fails: type[Exception] = APIError, data: object = None) -> bytes:
    code, out, complaint = start(words, _bytes(data))
    if code:
        raise fails(complaint.decode("utf-8", "replace"))
    return out


def _bytes(data: Any) -> bytes | None:  # noqa: ANN401 — what the program hands over
    if data is None or isinstance(data, bytes):
        return data
    if hasattr(data, "read"):
        return bytes(data.read())
    return data.encode() if isinstance(data, str) else b"".join(data)


def _line(out: bytes) -> str:
    return out.decode().strip()


def _pieces(data: bytes) -> Iterator[bytes]:
    stream = io.BytesIO(data)
    return iter(lambda: stream.read(PIECE), b"")


def _plain(value: Any) -> Any:  # noqa: ANN401 — whatever the program gives
    if isinstance(value, _Thing):
        return value.known
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return posixpath.join(value) if hasattr(value, "__fspath__") else value


class _Asked:
    """What only asks: it answers with nothing."""

    def ping(self) -> bool:
        return True

    def version(self, **_: object) -> dict[str, str]:
        return {}

    def info(self) -> dict[str, str]:
        return {}

    def login(self, *_: object, **__: object) -> dict[str, str]:
        return {}

    def close(self) -> None:
        """Nothing is open."""


class _Thing:
    """An image or a container; `known` is what a command line calls it."""

    def __init__(self, known: str) -> None:
        self.known = known

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"migrator does not follow {name} of {type(self).__name__}")

    @property
    def short_id(self) -> str:
        return self.id.removeprefix("sha256:")[:12]

    @property
    def attrs(self) -> dict[str, Any]:
        found: list[dict[str, Any]] = json.loads(_docker(["inspect", self.known]))
        return found[0]

    def reload(self) -> None:
        """Nothing is kept."""


class _Image(_Thing):
    """`docker.models.images.Image`."""

    @property
    def id(self) -> str:
        return _line(_docker(["inspect", "--format", "{{.Id}}", self.known]))

    @property
    def tags(self) -> list[str]:
        return [self.known if ":" in self.known.rpartition("/")[2] else f"{self.known}:latest"]

    def tag(self, repository: str, tag: str | None = None, **_: object) -> bool:
        _docker(["tag", self.known, tagged(repository, tag)])
        return True

    def save(self, **_: object) -> Iterator[bytes]:
        return _pieces(_docker(["save", self.known]))

    def remove(self, *, force: bool = False, noprune: bool = False) -> None:
        _ = noprune
        _docker(["rmi", *(["-f"] if force else []), self.known])


class _Container(_Thing):
    """`docker.models.containers.Container`."""

    @property
    def id(self) -> str:
        return self.known

    @property
    def name(self) -> str:
        return _line(_docker(["inspect", "--format", "{{.Name}}", self.known])).lstrip("/")

    @property
    def status(self) -> str:
        return _line(_docker(["inspect", "--format", "{{.State.Status}}", self.known]))

    def start(self) -> None:
        _docker(["start", self.known])

    def wait(self, **_: object) -> dict[str, object]:
        return {"StatusCode": int(_line(_docker(["wait", self.known]))), "Error": None}

    def logs(self, *, stream: bool = False, follow: bool = False, **_: object) -> bytes | Iterator[bytes]:
        if stream or follow:
            _docker(["wait", self.known])
        out, errors = start(["logs", self.known], None)[1:]
        return iter((out + errors).splitlines(keepends=True)) if stream or follow else out + errors

    def get_archive(self, path: str, *_: object, **__: object) -> tuple[Iterator[bytes], dict[str, object]]:
        data = _docker(["cp", f"{self.known}:{path}", "-"], NotFound)
        return _pieces(data), {"name": posixpath.basename(path.rstrip("/")), "size": len(data)}

    def put_archive(self, path: str, data: object) -> bool:
        _docker(["cp", "-", f"{self.known}:{path}"], NotFound, data)
        return True

    def remove(self, *, v: bool = False, link: bool = False, force: bool = False) -> None:
        options = [option for option, given in (("-f", force), ("-v", v), ("--link", link)) if given]
        _docker(["rm", *options, self.known], NotFound)

    def stop(self, **_: object) -> None:
        _docker(["stop", self.known])

    def kill(self, **_: object) -> None:
        _docker(["kill", self.known])

    def exec_run(self, cmd: object, **named: object) -> tuple[int, bytes]:
        for name in ("stdout", "stderr", "stdin", "tty"):
            named.pop(name, None)
        code, out, errors = start(exec_words(self.known, cmd, _plain(named)), None)
        return Executed(code, out + errors)

    def commit(self, repository: str | None = None, tag: str | None = None, **named: object) -> _Image:
        named.pop("pause", None)
        words = commit_words(self.known, _plain({**named, "repository": repository, "tag": tag}))
        out = _line(_docker(words))
        return _Image(tagged(repository, tag) if repository else out)

    def export(self, *_: object) -> Iterator[bytes]:
        return _pieces(_docker(["export", self.known]))


Executed = namedtuple("Executed", ("exit_code", "output"))  # noqa: PYI024 — as the SDK's, which has no types


class _Images:
    def build(self, **named: Any) -> tuple[_Image, Iterator[dict[str, str]]]:  # noqa: ANN401 — as the SDK's
        name, said = _built(named)
        return _Image(name), iter(
            [{"stream": line} for line in said.decode("utf-8", "replace").splitlines(keepends=True)]
        )

    def get(self, name: str) -> _Image:
        _docker(["image", "inspect", name], ImageNotFound)
        return _Image(name)

    def pull(self, repository: str, tag: str | None = None, **named: Any) -> _Image:  # noqa: ANN401 — as the SDK's
        platform = named.get("platform")
        _docker(["pull", *(["--platform", platform] if platform else []), tagged(repository, tag)])
        return _Image(tagged(repository, tag))

    def push(self, repository: str, tag: str | None = None, **_: object) -> Iterator[dict[str, str]]:
        _docker(["push", tagged(repository, tag)])
        return iter([])

    def remove(self, image: object = None, *, force: bool = False, noprune: bool = False) -> None:
        _ = noprune
        _docker(["rmi", *(["-f"] if force else []), str(_plain(image))], ImageNotFound)

    def load(self, data: object) -> list[_Image]:
        _docker(["load"], data=data)
        return []


class _Containers:
    def create(self, image: object, command: object = None, **named: object) -> _Container:
        words = create_words("create", str(_plain(image)), _plain(command), _plain(named))
        return _Container(_line(_docker(words, ImageNotFound)))

    def run(
        self, image: object, command: object = None, *, stderr: bool = False, **named: object
    ) -> bytes | _Container:
        named.pop("stdout", None)
        words = create_words("run", str(_plain(image)), _plain(command), _plain(named))
        code, out, errors = start(words, None)
        if code:
            raise ContainerError(errors.decode("utf-8", "replace"))
        return _Container(_line(out)) if named.get("detach") else out + (errors if stderr else b"")

    def get(self, container_id: str) -> _Container:
        out = _docker(["container", "inspect", "--format", "{{.Id}}", container_id], NotFound)
        return _Container(_line(out))

    def list(self, **named: object) -> list[_Container]:
        words = ["ps", "-q", "--no-trunc", *(["-a"] if named.get("all") else [])]
        return [_Container(line) for line in _docker(words).decode().split()]


def _built(named: dict[str, Any]) -> tuple[str, bytes]:
    """Builds; the name or id of the image, and what was said."""
    file = named.pop("fileobj", None)
    words = build_words(_plain(named), stdin=file is not None)
    code, out, errors = start(words, _bytes(file))
    if code:
        raise BuildError(errors.decode("utf-8", "replace"))
    return named["tag"] or _line(out) if "tag" in named else _line(out), out + errors


class _Lower(_Asked):
    """`docker.APIClient`."""

    def __init__(self, *_: object, **__: object) -> None:
        super().__init__()

    def build(
        self,
        path: object = None,
        tag: str | None = None,
        *given: object,
        **named: Any,  # noqa: ANN401 — as the SDK's
    ) -> Iterator[object]:
        positional = dict(zip(("quiet", "fileobj", "nocache", "rm"), given))  # noqa: B905 — for Python 3.9
        decode = named.get("decode")
        _, said = _built({"path": path, "tag": tag, **positional, **named})
        lines = [{"stream": line} for line in said.decode("utf-8", "replace").splitlines(keepends=True)]
        return iter(lines if decode else [json.dumps(line).encode() + b"\r\n" for line in lines])

    def create_container(
        self, image: object, command: object = None, *given: object, **named: object
    ) -> dict[str, object]:
        order = ("hostname", "user", "detach", "stdin_open", "tty")
        both = {**dict(zip(order, given)), **named}  # noqa: B905 — for Python 3.9
        return {"Id": _Containers().create(image, command, **both).known, "Warnings": None}

    def commit(
        self, container: object, repository: str | None = None, tag: str | None = None, **named: object
    ) -> dict[str, str]:
        named.pop("pause", None)
        words = commit_words(_owner(container).known, _plain({**named, "repository": repository, "tag": tag}))
        return {"Id": _line(_docker(words))}

    def tag(self, image: object, repository: str, tag: str | None = None, **_: object) -> bool:
        return _Image(str(_plain(image))).tag(repository, tag)

    def pull(self, repository: str, tag: str | None = None, **named: Any) -> Iterator[bytes]:  # noqa: ANN401 — as the SDK's
        _Images().pull(repository, tag, **named)
        return iter([])

    def push(self, repository: str, tag: str | None = None, **_: object) -> Iterator[dict[str, str]]:
        return _Images().push(repository, tag)

    def remove_image(self, image: object, **named: bool) -> None:
        _Images().remove(image, **named)

    def remove_container(self, container: object, **named: bool) -> None:
        _owner(container).remove(**named)

    def start(self, container: object, **_: object) -> None:
        _owner(container).start()

    def wait(self, container: object, **_: object) -> dict[str, object]:
        return _owner(container).wait()

    def logs(self, container: object, **named: bool) -> bytes | Iterator[bytes]:
        return _owner(container).logs(**named)

    def get_archive(self, container: object, path: str, **_: object) -> tuple[Iterator[bytes], dict[str, object]]:
        return _owner(container).get_archive(path)

    def put_archive(self, container: object, path: str, data: object) -> bool:
        return _owner(container).put_archive(path, data)

    def stop(self, container: object, **_: object) -> None:
        _owner(container).stop()

    def kill(self, container: object, **_: object) -> None:
        _owner(container).kill()

    def export(self, container: object, **_: object) -> Iterator[bytes]:
        return _owner(container).export()


def _owner(value: Any) -> _Container:  # noqa: ANN401 — what the program hands over
    return _Container(value["Id"] if isinstance(value, dict) else _plain(value))


class _Client(_Asked):
    """`docker.DockerClient`."""

    def __init__(self, *_: object, **__: object) -> None:
        self.images, self.containers, self.api = _Images(), _Containers(), _Lower()

    @classmethod
    def from_env(cls, **_: object) -> _Client:
        """The client of the engine at hand."""
        return cls()


def from_env(**_: object) -> _Client:
    """`docker.from_env()`."""
    return _Client()


APIClient, DockerClient, IMAGE, CONTAINER = _Lower, _Client, _Image, _Container
