"""What cp and mv certainly refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.commands.files import is_file_of_image, is_folder_of_image
from migrator.commands.workshop import give_up
from migrator.trace.workspace import (
    Ambiguous,
    Carried,
    Folder,
    Link,
    Mystery,
    Packed,
    RepoFile,
    Written,
    known_names,
    overlays_of,
)

if TYPE_CHECKING:
    from migrator.commands.base import Invocation
    from migrator.trace.workspace import Node


def is_refused(call: Invocation, source: tuple[str, Node | Ambiguous], target: tuple[str, str]) -> bool:
    """Whether cp and mv certainly refuse: a kind that does not fit, a thing onto itself, a folder into itself."""
    word, node = source
    written, place = target
    path = call.path(word)
    if path == place and not isinstance(node, Folder):
        return into_itself(call, path, place)
    if call.name == "mv" and (word in (".", "..") or word.endswith(("/.", "/.."))):
        return True  # rename(2) of what is called so
    there = call.state.workspace.find(place)
    if call.name == "mv" and isinstance(there, Folder) and known_names(there):
        return True  # neither a folder nor a file takes the place of a folder in which there is something
    folder = isinstance(node, Folder) or is_folder_of_image(node)
    if folder and is_file_of_image(there) and call.state.workspace.exists(place) is True and not word.endswith("/."):
        return True  # a folder does not take the place of a file
    if call.name == "mv" and _may_be_full(call, node, place):
        give_up(call, [path, place], "mv takes the place of a folder only where it is empty")
        return True
    is_folder = isinstance(node, Folder)
    real = call.state.workspace.resolve(place)
    if path not in (place, real) and into_itself(call, path, real):
        return True
    if isinstance(node, Carried | Mystery | Ambiguous):
        return False
    if not is_folder and word.endswith(("/", "/.")):
        return True
    if there is None:
        new = place == call.path(written)  # rather than something in a folder that is there
        return new and (written.endswith("/.") or (written.endswith("/") and not is_folder))
    if path == place:
        return not is_folder or not word.endswith("/.")
    if isinstance(there, Carried | Mystery | Ambiguous | Link):
        return False
    return is_folder != isinstance(there, Folder)


def _may_be_full(call: Invocation, node: Node | Ambiguous, place: str) -> bool:
    """Whether a folder would take the place of one that is there, of which nobody knows whether it is empty."""
    there = call.state.workspace.find(place)
    is_folder = isinstance(node, Folder) or is_folder_of_image(node)
    if not is_folder or call.state.workspace.exists(place) is not True:
        return False
    laid = isinstance(there, Folder) and bool(overlays_of(there))
    return laid or isinstance(there, Ambiguous) or is_folder_of_image(there)


def into_itself(call: Invocation, path: str, place: str) -> bool:
    """Whether something goes onto itself, or a folder into itself: mv refuses, cp makes a part of a copy first."""
    node = call.state.workspace.find(path)
    if place != path and (not place.startswith(f"{path}/") or isinstance(node, RepoFile | Written | Packed)):
        return False
    if call.name == "cp" and isinstance(node, Folder | Carried | Ambiguous | Mystery) and not is_file_of_image(node):
        give_up(call, [place], "cp begins to copy a folder into itself")
    return True
