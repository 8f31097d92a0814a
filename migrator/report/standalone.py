"""Pages of HTML that need nothing beside them: their templates, and the policy under which a browser shows them.

Jinja escapes every value that is put into a page. Each page carries a policy under which a browser runs our own
script and style sheet and nothing else, so that what should ever slip through still could not act.
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

# What ends a script element, or begins a comment in one, whatever stands around it.
_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


@lru_cache(maxsize=4)
def environment(package: str) -> Environment:
    """The templates in the folder `page` of a package of ours."""
    return Environment(
        loader=FunctionLoader(lambda name: asset(package, name)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@lru_cache(maxsize=16)
def asset(package: str, name: str) -> str:
    """The text of a file in the folder `page` of a package of ours."""
    return (files(package) / "page" / name).read_text(encoding="utf-8")


def own(text: str) -> Markup:
    """A script or a style sheet of ours as it stands in a page."""
    return Markup(text)  # noqa: S704 - a file of ours


def policy(style: str, script: str) -> str:
    """A content security policy (https://www.w3.org/TR/CSP3/) that lets in these two texts by their hashes."""
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)]
    return (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def embedded(data: object) -> Markup:
    """Data as JSON that a script element of the type `application/json` can hold: nothing in it ends the element."""
    text = json.dumps(data, separators=(",", ":"))
    return Markup("".join(_UNSAFE.get(character, character) for character in text))  # noqa: S704 - nothing is left to escape
