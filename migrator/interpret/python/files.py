"""`os`, `shutil`, `pathlib` and `open`: what a program does to files, as commands of the shell's run.

https://docs.python.org/3/library/shutil.html, https://docs.python.org/3/library/os.html
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from migrator.commands.base import absolute
from migrator.interpret.python.processes import written
from migrator.interpret.python.values import FileValue, Method, PathText, PythonError, Raw, Unknown
from migrator.trace.state import Channels
from migrator.trace.streams import NOTHING, Content, Opaque, Text
from migrator.trace.symbols import is_known
from migrator.trace.workspace import Ambiguous, Carried, Mystery, Packed, RepoFile, Written

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrator.interpret.python.called import Called
    from migrator.trace.streams import Stream

# --- shutil -----------------------------------------------------------------------------------------------------


def copy(call: Called) -> object:
    """`shutil.copy`, `shutil.copy2`: the content and the mode."""
    if not call.only("src", "dst"):
        return call.not_followed()
    call.command(["cp", "-p", call.path(0, "src"), call.path(1, "dst")])
    return call.value(1, "dst")


def copy_content(call: Called) -> object:
    """`shutil.copyfile`: the content alone, never into a folder."""
    source, target = call.path(0, "src"), call.path(1, "dst")
    if not call.only("src", "dst") or call.holds("-d", target) is not False:
        return call.not_followed()
    channels = Channels()
    call.command(["cat", source], channels=channels)
    call.run.shell.write_file(_absolute(call, target), channels.collected(), call.span)
    return call.value(1, "dst")


def copy_tree(call: Called) -> object:
    """`shutil.copytree`: into a new folder, or over one with `dirs_exist_ok=True`; links are followed."""
    source, target = call.path(0, "src"), call.path(1, "dst")
    merges = call.named.get("dirs_exist_ok", False)
    if not call.only("src", "dst", "dirs_exist_ok") or not isinstance(merges, bool):
        return call.not_followed()
    there = call.holds("-e", target)
    if there is True and not merges:
        raise PythonError("FileExistsError")
    if not isinstance(there, bool):
        return call.not_followed()
    if there:
        call.command(["cp", "-rLp", f"{source}/.", target])
    else:
        call.command(["mkdir", "-p", posixpath.dirname(target.rstrip("/")) or "."])
        call.command(["cp", "-rLp", source, target])
    return call.value(1, "dst")


def move(call: Called) -> object:
    """`shutil.move`."""
    if not call.only("src", "dst"):
        return call.not_followed()
    call.command(["mv", call.path(0, "src"), call.path(1, "dst")])
    return call.value(1, "dst")


def remove_tree(call: Called) -> object:
    """`shutil.rmtree`."""
    ignores = call.value(1, "ignore_errors", default=False)
    if not call.only("path", "ignore_errors") or not isinstance(ignores, bool):
        return call.not_followed()
    call.command(["rm", "-rf" if ignores else "-r", call.path(0, "path")], fails="" if ignores else "FileNotFoundError")
    return None


# --- os ---------------------------------------------------------------------------------------------------------


def make_folders(call: Called) -> object:
    """`os.makedirs`, `Path.mkdir(parents=True)`."""
    allowed = call.named.get("exist_ok", False)
    path = call.path(0, "name")
    if not call.only("name", "exist_ok", "parents") or not isinstance(allowed, bool):
        return call.not_followed()
    if not allowed and call.holds("-e", path) is True:
        raise PythonError("FileExistsError")
    call.command(["mkdir", "-p", path], fails="FileExistsError")
    return None


def make_folder(call: Called) -> object:
    """`os.mkdir`, `Path.mkdir`."""
    if call.named.get("parents") is True:
        return make_folders(call)
    if call.named.get("exist_ok") is True and call.holds("-d", call.path(0, "path")) is True:
        return None
    if not call.only("path", "exist_ok", "parents"):
        return call.not_followed()
    call.command(["mkdir", call.path(0, "path")], fails="FileExistsError")
    return None


def remove(call: Called) -> object:
    """`os.remove`, `Path.unlink`."""
    missing = call.named.get("missing_ok", False)
    if not call.only("path", "missing_ok") or not isinstance(missing, bool):
        return call.not_followed()
    words = ["rm", "-f"] if missing else ["rm"]
    call.command([*words, call.path(0, "path")], fails="FileNotFoundError")
    return None


def remove_folder(call: Called) -> object:
    """`os.rmdir`."""
    call.command(["rmdir", call.path(0, "path")])
    return None


def rename(call: Called) -> object:
    """`os.rename`, `os.replace`: never into a folder."""
    target = call.path(1, "dst")
    if not call.only("src", "dst") or call.holds("-d", target) is not False:
        return call.not_followed()
    call.command(["mv", call.path(0, "src"), target])
    return PathText(target)


def change_folder(call: Called) -> object:
    """`os.chdir`."""
    call.command(["cd", call.path(0, "path")], fails="FileNotFoundError")
    return None


def change_mode(call: Called) -> object:
    """`os.chmod`."""
    mode = call.value(1, "mode")
    if not isinstance(mode, int):
        return call.not_followed()
    call.command(["chmod", f"{mode:o}", call.path(0, "path")], fails="FileNotFoundError")
    return None


def link(call: Called) -> object:
    """`os.symlink`."""
    if call.holds("-e", call.path(1, "dst")) is not False:
        return call.not_followed()
    call.command(["ln", "-s", call.path(0, "src"), call.path(1, "dst")])
    return None


def here(call: Called) -> object:
    """`os.getcwd`, `Path.cwd`."""
    folder = call.run.shell.state.cwd
    return PathText(folder) if call.name.startswith("pathlib") else folder


# --- os.path ----------------------------------------------------------------------------------------------------


def exists(call: Called) -> object:
    """`os.path.exists`."""
    return call.holds("-e", call.path(0, "path"))


def is_folder(call: Called) -> object:
    """`os.path.isdir`."""
    return call.holds("-d", call.path(0, "path"))


def is_file(call: Called) -> object:
    """`os.path.isfile`."""
    return call.holds("-f", call.path(0, "path"))


def join(call: Called) -> object:
    """`os.path.join`."""
    return posixpath.join(*(call.path(index, "") for index in range(len(call.given))))


def whole(call: Called) -> object:
    """`os.path.abspath`, `os.path.realpath`: a checkout's own folders are no links."""
    return _absolute(call, call.path(0, "path"))


def folder_of(call: Called) -> object:
    """`os.path.dirname`."""
    return posixpath.dirname(call.path(0, "p"))


def name_of(call: Called) -> object:
    """`os.path.basename`."""
    return posixpath.basename(call.path(0, "p"))


def normal(call: Called) -> object:
    """`os.path.normpath`."""
    return posixpath.normpath(call.path(0, "path"))


def expanded(call: Called) -> object:
    """`os.path.expanduser`: a path that begins with `~` is not followed."""
    path = call.path(0, "path")
    return Unknown(call.span) if path.startswith("~") else call.value(0, "path")


def path_of(call: Called) -> object:
    """`pathlib.Path(…)`."""
    parts = [call.path(index, "") for index in range(len(call.given))]
    return PathText(_tidy(posixpath.join(*parts) if parts else "."))


def _tidy(path: str) -> str:
    """A path as pathlib keeps it: without `.` and doubled slashes, with `..` as it is written."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    return ("/" if path.startswith("/") else "") + "/".join(parts) or "."


def _absolute(call: Called, path: str) -> str:
    return absolute(call.run.shell.state.cwd, path)


# --- files ------------------------------------------------------------------------------------------------------


def open_file(call: Called) -> object:
    """`open`."""
    mode = call.value(1, "mode", default="r")
    path = call.path(0, "file")
    if not isinstance(mode, str) or not is_known(mode) or "+" in mode or "x" in mode:
        return call.not_followed()
    place = _absolute(call, path)
    if "w" in mode:
        if call.run.shell.state.workspace.is_folder(posixpath.dirname(place)) is False:
            raise PythonError("FileNotFoundError")
        call.run.shell.write_file(place, NOTHING, call.span)
        return FileValue(place, writes=True, binary="b" in mode)
    if "a" in mode:
        return FileValue(place, writes=True, binary="b" in mode, used=True)
    return FileValue(place, writes=False, binary="b" in mode, stream=read(call, place))


def read(call: Called, path: str) -> Stream:
    """What is in a file."""
    found = call.run.shell.state.workspace.find(path)
    match found:
        case RepoFile() | Written() | Carried() | Packed():
            return Content(found)
        case None if path.startswith(call.run.shell.root):
            raise PythonError("FileNotFoundError")
        case Ambiguous():
            return Opaque(found.span, "the file may come from several places")
        case Mystery():
            return Opaque(found.because, found.what)
        case _:
            return Opaque(call.span, "what is in this file")


def of_file(call: Called, file: FileValue) -> object:
    """A method of an open file."""
    method = call.name.rpartition(".")[2]
    if method == "write" and file.writes and call.given:
        written(call, file, as_stream(call, call.given[0]))
        return None
    if method == "writelines" and file.writes and isinstance(call.value(0, "lines"), Raw | list | tuple):
        lines = call.value(0, "lines")
        for line in [lines] if isinstance(lines, Raw) else list(lines):  # type: ignore[call-overload]
            written(call, file, as_stream(call, line))
        return None
    if method == "read" and file.stream is not None and not call.given:
        raw = Raw(file.stream)
        return raw if file.binary else call.run.decoded(raw, call.span)
    if method in ("close", "flush", "seek", "fileno", "__enter__"):
        return file if method == "__enter__" else None
    if method in ("readlines", "__iter__", "readline") and file.stream is not None:
        return Unknown(call.span)
    return call.not_followed()


def as_stream(call: Called, value: object) -> Stream:
    """What writing a value writes."""
    match value:
        case str():
            return Text(value)
        case bytes():
            try:
                return Text(value.decode())
            except UnicodeDecodeError:
                return Opaque(call.span, "bytes")
        case Raw():
            return value.stream
        case _:
            return Opaque(call.span, "what the program writes here")


def attribute(path: PathText, name: str) -> object:
    """`path.name` of a `pathlib.Path`."""
    match name:
        case "parent":
            return PathText(posixpath.dirname(path.text) or ".")
        case "name":
            return posixpath.basename(path.text)
        case "suffix" if is_known(path.text):
            return posixpath.splitext(path.text)[1]
        case "stem" if is_known(path.text):
            return posixpath.splitext(posixpath.basename(path.text))[0]
        case _:
            return Method(path, name)


def of_path(call: Called, path: PathText) -> object:
    """A method of a `pathlib.Path`."""
    method = call.name.rpartition(".")[2]
    inner = type(call)(call.run, f"pathlib.Path.{method}", (path, *call.given), call.named, call.span)
    match method:
        case "joinpath":
            return path_of(inner)
        case "resolve" | "absolute":
            return PathText(_absolute(call, path.text))
        case "as_posix" | "__str__" | "__fspath__":
            return path.text
        case "read_text" | "read_bytes":
            raw = Raw(read(call, _absolute(call, path.text)))
            return raw if method == "read_bytes" else call.run.decoded(raw, call.span)
        case "write_text" | "write_bytes" if call.given:
            target = open_file(type(call)(call.run, "open", (path, "w"), {}, call.span))
            if isinstance(target, FileValue):
                written(call, target, as_stream(call, call.given[0]))
            return None
        case "open":
            return open_file(inner)
        case "with_suffix" | "with_name" if call.given and isinstance(call.given[0], str):
            folder, name = posixpath.split(path.text)
            stem = posixpath.splitext(name)[0] if method == "with_suffix" else ""
            return PathText(posixpath.join(folder, stem + call.given[0]))
        case "symlink_to" if call.given:
            return link(type(call)(call.run, "os.symlink", (call.given[0], path), {}, call.span))
        case _ if method in _PATH_METHODS:
            return _PATH_METHODS[method](inner)
        case _:
            return call.not_followed()


_PATH_METHODS: dict[str, Callable[[Called], object]] = {
    "exists": exists, "is_dir": is_folder, "is_file": is_file, "mkdir": make_folder, "unlink": remove,
    "rmdir": remove_folder, "rename": rename, "replace": rename, "chmod": change_mode, "expanduser": expanded,
}  # fmt: skip
COMMANDS: dict[str, Callable[[Called], object]] = {
    "shutil.copy": copy, "shutil.copy2": copy, "shutil.copyfile": copy_content, "shutil.copytree": copy_tree,
    "shutil.move": move, "shutil.rmtree": remove_tree, "os.makedirs": make_folders, "os.mkdir": make_folder,
    "os.remove": remove, "os.unlink": remove, "os.rmdir": remove_folder, "os.rename": rename, "os.replace": rename,
    "os.chdir": change_folder, "os.chmod": change_mode, "os.symlink": link, "os.getcwd": here,
    "pathlib.Path.cwd": here, "os.path.exists": exists, "os.path.lexists": exists, "os.path.isdir": is_folder,
    "os.path.isfile": is_file, "os.path.join": join, "os.path.abspath": whole, "os.path.realpath": whole,
    "os.path.dirname": folder_of, "os.path.basename": name_of, "os.path.normpath": normal,
    "os.path.expanduser": expanded, "pathlib.Path": path_of, "pathlib.PurePath": path_of, "pathlib.PosixPath": path_of,
    "open": open_file, "io.open": open_file,
}  # fmt: skip

__all__ = ["COMMANDS", "as_stream", "attribute", "change_folder", "of_file", "of_path", "read"]
