"""`client.images` and images: https://docker-py.readthedocs.io/en/stable/images.html."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from migrator.commands.base import absolute
from migrator.commands.docker import naming
from migrator.dockercli.library import NotSaidError, build_words, tagged
from migrator.dockerfile.ignore import IgnoreRules
from migrator.interpret.python.sdk.said import arguments, image_at, image_name, invocation, printed, say, stream_of
from migrator.interpret.python.sdk.things import Log
from migrator.interpret.python.values import PythonError, Raw, Unknown
from migrator.trace.streams import NOTHING
from migrator.trace.workspace import RepoFile, Written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from migrator.interpret.python.called import Called
    from migrator.interpret.python.sdk.things import ImageValue

_BUILD = ("path", "tag", "quiet", "fileobj", "nocache", "rm")


def build(called: Called) -> object:
    """`client.images.build`: the image, and what the build said."""
    return image_at(called, _built(called, ())), Log(called.span)


def build_low(called: Called) -> object:
    """`APIClient.build`: what the build says, which is over when that is read."""
    _built(called, _BUILD)
    log = Log(called.span, ends=True)
    called.run.logs.append(log)
    return log


def _built(called: Called, names: tuple[str, ...]) -> str:
    """Builds; the name of the image, or its id."""
    given = dict(zip(names, called.given, strict=False)) | dict(called.named)
    file = given.pop("fileobj", None)
    stdin = stream_of(called, file) if file is not None else NOTHING
    inner = type(called)(called.run, called.name, (), given, called.span)
    named = arguments(inner)
    if file is None:
        _check_ignored(called, named)
    words = build_words(named, stdin=file is not None)
    said = say(called, words, stdin=stdin, fails="BuildError")
    tag = named.get("tag")
    return tag if isinstance(tag, str) else printed(called, said)


def _check_ignored(called: Called, named: Mapping[str, object]) -> None:
    """The SDK sends a Dockerfile that `.dockerignore` leaves out, and knows no ignore file of a Dockerfile's own."""
    shell = called.run.shell
    path, name = named.get("path"), named.get("dockerfile", "Dockerfile")
    if not isinstance(path, str) or not isinstance(name, str):
        return
    root = absolute(shell.state.cwd, path)
    text = _text_of(called, f"{root}/.dockerignore")
    if text is not None and IgnoreRules.parse(text).excludes(posixpath.normpath(name)):
        raise NotSaidError(f".dockerignore leaves {name} out, and the SDK sends it all the same")
    if _text_of(called, f"{posixpath.join(root, name)}.dockerignore") is not None:
        raise NotSaidError(f"{name}.dockerignore, which the SDK does not know and docker build does")


def _text_of(called: Called, path: str) -> str | None:
    match called.run.shell.state.workspace.find(path):
        case RepoFile() as node:
            return called.run.shell.project.text(node.path)
        case Written() as node:
            return node.text
        case None:
            return None
        case _:
            # A folder out of an image may lie over the context: no build puts an ignore file among its artifacts.
            return called.run.shell.project.text(path.removeprefix(f"{called.run.shell.root}/"))


def get(called: Called) -> object:
    """`client.images.get`: in a clean engine only what the program made is there."""
    name = str(arguments(called, "name").get("name", ""))
    if naming.known_image(invocation(called), name) is None:
        raise PythonError("ImageNotFound")
    return image_at(called, name)


def pull(called: Called) -> object:
    """`client.images.pull`."""
    named = arguments(called, "repository", "tag")
    name = tagged(named.pop("repository", None), named.pop("tag", None))
    platform = named.pop("platform", None)
    if set(named) - {"auth_config", "stream", "decode"}:
        raise NotSaidError(f"the argument {min(named)}")
    say(called, ["pull", *(["--platform", str(platform)] if platform is not None else []), name])
    return Log(called.span) if called.name.startswith("docker.low") else image_at(called, name)


def push(called: Called) -> object:
    """`client.images.push`."""
    given = {name: value for name, value in called.named.items() if name not in ("auth_config", "stream", "decode")}
    named = arguments(type(called)(called.run, called.name, called.given[:2], given, called.span), "repository", "tag")
    say(called, ["push", tagged(named.get("repository"), named.get("tag"))])
    return Log(called.span)


def remove(called: Called) -> object:
    """`client.images.remove`."""
    named = arguments(called, "image", "force", "noprune")
    say(called, ["rmi", *(["-f"] if named.get("force") else []), str(named.get("image"))], fails="ImageNotFound")
    return None


def load(called: Called) -> object:
    """`client.images.load`."""
    if len(called.given) + len(called.named) != 1:
        raise NotSaidError("its arguments")
    say(called, ["load"], stdin=stream_of(called, called.value(0, "data")))
    return Unknown(called.span, pure=True)


def tag_low(called: Called) -> object:
    """`APIClient.tag`."""
    named = arguments(called, "image", "repository", "tag", "force")
    say(called, ["tag", str(named.get("image")), tagged(named.get("repository"), named.get("tag"))])
    return True


def identity(called: Called, image: ImageValue) -> str:
    """The id of an image."""
    return printed(called, say(called, ["inspect", "--format", "{{.Id}}", image_name(called, image)]))


def of_image(called: Called, image: ImageValue) -> object:
    """A method of an image."""
    name = image_name(called, image)
    match called.name.rpartition(".")[2]:
        case "tag":
            named = arguments(called, "repository", "tag")
            named.pop("force", None)
            if set(named) - {"repository", "tag"}:
                raise NotSaidError(f"the argument {min(named)}")
            say(called, ["tag", name, tagged(named.get("repository"), named.get("tag"))])
            return True
        case "save" if not called.named or set(called.named) == {"named"}:
            return Raw(say(called, ["save", name]))
        case "remove":
            say(called, ["rmi", *(["-f"] if called.named.get("force") else []), name])
            return None
        case "history" | "reload":
            return Unknown(called.span, pure=True)
        case other:
            raise NotSaidError(f"{other} of an image")


UPPER: dict[str, Callable[[Called], object]] = {
    "images.build": build, "images.get": get, "images.pull": pull, "images.push": push, "images.remove": remove,
    "images.load": load,
}  # fmt: skip
LOWER: dict[str, Callable[[Called], object]] = {
    "build": build_low, "pull": pull, "push": push, "remove_image": remove, "tag": tag_low,
}  # fmt: skip

__all__ = ["LOWER", "UPPER", "identity", "of_image"]
