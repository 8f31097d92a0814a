"""Files that a distribution's tools write while packages are installed, and maps from built to source text."""

from __future__ import annotations

import json
import re
import struct
from typing import Any

from migrator.rules import formats as rules
from migrator.verify.formats.parts import Part, split

_LOGS = re.compile(r"/var/log/|/var/lib/(?:dpkg|apt)/|/var/cache/debconf/|/lib/apk/db/")
_DATE = re.compile(
    rb"\d{4}-\d\d-\d\d[ T]{1,2}\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
    rb"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d"
    rb" \d\d:\d\d:\d\d (?:[A-Z]{2,5} )?\d{4}"
)
_MACHINE = re.compile(rb"[0-9a-f]{32}\n?")


def log_parts(name: str, data: bytes) -> list[Part] | None:
    """A log or a database of the package tools: the dates in it may differ, line by line, and nothing else."""
    if not _LOGS.match(name):
        return None
    marks = [(*match.span(), "a date", rules.LOG_TIME) for match in _DATE.finditer(data)]
    return split(data, marks) if marks else None


def machine_parts(name: str, data: bytes) -> list[Part] | None:
    """The id that a machine gets when it is set up: both must be one."""
    if name not in {"/etc/machine-id", "/var/lib/dbus/machine-id"} or not _MACHINE.fullmatch(data):
        return None
    return [Part("machine id", data, rules.MACHINE_ID, at=0)]


_CACHE_MAGIC = b"glibc-ld.so.cache1.1"
_CACHE_HEADER, _CACHE_ENTRY = 48, struct.Struct("<iIIIQ")


def loader_parts(name: str, data: bytes) -> list[Part] | None:
    """The caches of ldconfig: which library is where must be equal; the order and the inodes need not."""
    if name == "/var/cache/ldconfig/aux-cache":
        return [Part("what ldconfig remembers of inodes", data, rules.LOADER_CACHE)]
    if name != "/etc/ld.so.cache" or not data.startswith(_CACHE_MAGIC) or len(data) < _CACHE_HEADER:
        return None
    count, length = struct.unpack("<II", data[20:28])
    end = _CACHE_HEADER + count * _CACHE_ENTRY.size
    if end + length > len(data):
        return None
    found = []
    for flags, key, value, version, hardware in _CACHE_ENTRY.iter_unpack(data[_CACHE_HEADER:end]):
        library, path = (data[at : data.index(b"\0", at)] for at in (key, value))
        found.append((library, path, flags, version, hardware))
    return [
        Part("header", data[:24] + data[28:_CACHE_HEADER]),
        Part("libraries", repr(sorted(found)).encode()),
        Part("behind the libraries", data[end + length :]),
        Part("layout of the cache", data, rules.LOADER_CACHE),
    ]


def map_parts(name: str, data: bytes) -> list[Part] | None:
    """A source map: where the sources lay may differ, not what is in them, nor what maps to what."""
    if not name.endswith(".map") or not data.lstrip().startswith(b"{"):
        return None
    found: Any = json.loads(data)
    sources = found.pop("sources", None)
    if found.get("version") != 3 or not isinstance(sources, list):
        return None
    where = {"sources": sources, "sourceRoot": found.pop("sourceRoot", None)}
    return [
        Part("sources and sourceRoot", json.dumps(where).encode(), rules.SOURCE_MAP),
        Part("number of sources", str(len(sources)).encode()),
        Part("mappings and contents", json.dumps(found).encode()),
        Part(
            "the way it is written", re.sub(rb'"(?:sources|sourceRoot)"\s*:\s*(?:\[[^\]]*\]|"[^"]*"|null)', b"", data)
        ),
    ]
