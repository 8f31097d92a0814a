"""The templates of `--format` as far as build scripts use them: fields, `json`, `index`, `len`, and plain text.

What is more than that is not guessed at.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from migrator.engine.buildah.store import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

_ACTION = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_WORD = re.compile(r'"(?:[^"\\])*"|`[^`]*`|\S+')
_FIELD = re.compile(r"\.(?:[A-Za-z]\w*(?:\.[A-Za-z]\w*)*)?")
# What Go prints where there is none: of a map, of a pointer, and else of a list.
_EMPTY = {"Labels": "map[]", "Volumes": "map[]", "ExposedPorts": "map[]", "Healthcheck": "<nil>"}
_ESCAPES = {"\\t": "\t", "\\n": "\n"}


def rendered(template: str, value: Mapping[str, Any]) -> str:
    """What a template gives of a value; RefusedError where it asks for something that is not known here."""
    for written, meant in _ESCAPES.items():
        template = template.replace(written, meant)
    if "{{" in _ACTION.sub("", template):
        raise RefusedError(f"the format {template!r}")
    return _ACTION.sub(lambda match: _action(match[1], template, value), template)


def _action(text: str, template: str, value: Mapping[str, Any]) -> str:
    words = _WORD.findall(text)
    first, *rest = words or [""]
    if first == "json" and len(rest) == 1:
        return json.dumps(_field(rest[0], template, value), separators=(",", ":"), ensure_ascii=False)
    if first == "index" and len(rest) == 2:
        return _shown(_index(_field(rest[0], template, value), rest[1], template), template)
    if first == "len" and len(rest) == 1:
        return str(len(_field(rest[0], template, value) or ()))
    if not rest:
        found = _field(first, template, value)
        return _EMPTY.get(first.rpartition(".")[2], "[]") if found is None else _shown(found, template)
    raise RefusedError(f"the format {template!r}")


def _field(word: str, template: str, value: Any) -> Any:  # noqa: ANN401 - a value of JSON
    if not _FIELD.fullmatch(word):
        raise RefusedError(f"the format {template!r}")
    for name in filter(None, word.split(".")):
        if not isinstance(value, dict) or name not in value:
            raise RefusedError(f"the format {template!r}: {word} is not known of it")
        value = value[name]
    return value


def _index(value: Any, word: str, template: str) -> Any:  # noqa: ANN401 - as above
    if word[:1] in {'"', "`"} and (isinstance(value, dict) or value is None):
        return (value or {}).get(word[1:-1], "")
    if word.isdecimal() and isinstance(value, list) and int(word) < len(value):
        return value[int(word)]
    raise RefusedError(f"the format {template!r}")


def _shown(value: Any, template: str) -> str:  # noqa: ANN401 - as above
    """As Go prints a value: `[a b]` for a list, `map[a:b]` for a map."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int):
        return str(value)
    if isinstance(value, list):
        return f"[{' '.join(_shown(one, template) for one in value)}]"
    if isinstance(value, dict):
        return f"map[{' '.join(f'{key}:{_shown(value[key], template)}' for key in sorted(value))}]"
    raise RefusedError(f"the format {template!r}")
