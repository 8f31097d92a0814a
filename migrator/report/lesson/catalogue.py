"""The sentences of a lesson in one language, and how one is filled in."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from migrator.report.lesson.model import Said, Value

LANGUAGES = ("en", "zh")
FORMS = frozenset({"one", "other"})
_PARTS = re.compile(r"`([^`]*)`|([^`]+)")
_BLANK = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Run:
    """Some words of a sentence; `code` says that they are to be set as code."""

    text: str
    code: bool = False


@dataclass(frozen=True)
class Catalogue:
    """Every sentence of one language by its key; one with forms for a number is a mapping of them."""

    language: str
    sentences: Mapping[str, str | Mapping[str, str]]

    def runs(self, said: Said) -> tuple[Run, ...]:
        """A sentence filled in, in parts. Whatever a value holds, it cannot begin or end a part."""
        values = dict(said.values)
        sentence = self.sentences[said.key]
        if not isinstance(sentence, str):
            one = "one" if values.get("count") == 1 else "other"
            sentence = sentence.get(one) or sentence["other"]
        return tuple(
            Run(_filled(code, values), code=True) if code else Run(_filled(text, values))
            for code, text in _PARTS.findall(sentence)
        )

    def text(self, said: Said) -> str:
        """A sentence filled in, as bare text."""
        return "".join(run.text for run in self.runs(said))


def _filled(text: str, values: Mapping[str, Value]) -> str:
    return _BLANK.sub(lambda blank: str(values[blank[1]]), text)


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> Catalogue:
    """The sentences of a language, one of LANGUAGES."""
    text = (files("migrator.report.lesson") / "texts" / f"{language}.toml").read_text(encoding="utf-8")
    return Catalogue(language, dict(_flat(tomllib.loads(text), "")))


def _flat(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str | Mapping[str, str]]]:
    for key, value in table.items():
        if isinstance(value, str) or set(value) <= FORMS:
            yield f"{prefix}{key}", value
        else:
            yield from _flat(value, f"{prefix}{key}.")
