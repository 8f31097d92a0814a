"""Variables that one step hands to the next ones by writing them to a file that the service reads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.frontends.make.holes import TroubleError
from migrator.frontends.program import Chunk, origin_at, part_of
from migrator.rules import inputs as rules

if TYPE_CHECKING:
    from migrator.source import Span

_FILES = re.compile(r"GITHUB_ENV|GITHUB_PATH|BASH_ENV|::(set-env|add-path)\b")
_WRITE = re.compile(
    r"""^echo[ \t]+(?P<quote>["']?)(?P<name>[A-Za-z_]\w*)=(?P<value>[^\n"']*)(?P=quote)"""
    r"""[ \t]*>>[ \t]*"?\$\{?GITHUB_ENV\}?"?[ \t]*$""",
    re.MULTILINE,
)
_ENDS = re.compile(r"\b(cd|pushd|exit|set|trap|umask|exec|shopt|return|unset)\b|<<|\\\n")
_ASSIGNED = re.compile(r"(?:^|[;&|({\s])(?:export[ \t]+)?([A-Za-z_]\w*)\+?=|\b(?:for|read)[ \t]+([A-Za-z_]\w*)")


@dataclass
class Handed:
    """The commands of each step of a job."""

    texts: list[str]

    def step(self, number: int, chunks: list[Chunk], *, plain: bool) -> tuple[bool, list[Chunk]]:
        """Whether what a step sets has to last, and its text for that; `plain`: it has no settings of its own.

        Raises TroubleError when a later step may need what cannot be followed.
        """
        text = "".join(chunk.text for chunk in chunks)
        found = _FILES.search(text)
        later = "\n".join(self.texts[number + 1 :])
        if found is None or not later.strip():
            return False, chunks
        span = origin_at(chunks, found.start())
        writes = list(_WRITE.finditer(text))
        if not plain or _ENDS.search(text) or _FILES.search(_WRITE.sub("", text)):
            raise _refusal(span)
        names = {write["name"] for write in writes}
        own = {name for pair in _ASSIGNED.findall(_WRITE.sub("", text)) for name in pair if name} - names
        if any(re.search(rf"\$\{{?{name}\b", later) for name in own):
            raise _refusal(span)
        # In a shell of its own a step does not see what it hands on; here it would.
        if any(re.search(rf"\$\{{?{write['name']}\b", text[write.end() :]) for write in writes):
            raise _refusal(span)
        result, at = [], 0
        for write in writes:
            quote = write["quote"]
            if not quote and re.search(r"[\s*?\[]", write["value"]):
                raise _refusal(origin_at(chunks, write.start()))
            value = f"'{write['value']}'" if quote == "'" else f'"{write["value"]}"'
            result += part_of(chunks, at, write.start())
            result.append(Chunk(f"export {write['name']}={value}", origin_at(chunks, write.start())))
            at = write.end()
        return True, [*result, *part_of(chunks, at, len(text))]


def _refusal(span: Span) -> TroubleError:
    advice = "Write each as a line `echo NAME=VALUE >> $GITHUB_ENV` of a step that does nothing else, or use `env:`."
    return TroubleError(rules.NOT_SUPPORTED.at(span, what="what this step hands to later steps", advice=advice))
