"""Values and words of the script as a stage's shell, or an instruction, reads them."""

from __future__ import annotations

import re
import shlex

from migrator.trace.symbols import is_symbol


def with_quotes(text: str) -> str:
    """Shell text in which a value stands between single quotes: there a variable would not be looked up."""
    found: list[str] = []
    quote = ""
    escaped = False
    for character in text:
        if is_symbol(character) and quote == "'":
            found.append(f"'\"{character}\"'")
            continue
        found.append(character)
        if escaped or (character == "\\" and quote != "'"):
            escaped = not escaped
        elif character == quote:
            quote = ""
        elif character in "'\"" and not quote:
            quote = character
    return "".join(found)


def quoted(text: str) -> str:
    """A word for the stage's shell: symbols become variables, so they stand in double quotes."""
    if any(is_symbol(character) for character in text):
        return '"' + re.sub(r'(["$`\\])', r"\\\1", text) + '"'
    return shlex.quote(text)


def env_value(value: str) -> str:
    """A value as ENV takes it."""
    if re.fullmatch(r"[\w./:@%+,=-]+", value):
        return value
    return '"' + re.sub(r'(["$\\])', r"\\\1", value) + '"'


def grouped_text(text: str, *, pipes: bool = False) -> str:
    """Shell text as one command, so that a redirection is that of all of it."""
    return f"{{ {text.rstrip('; ')}; }}" if re.search(r"[;&<]|\|\||#" + (r"|\|" if pipes else ""), text) else text


def same_user(one: str, other: str) -> bool:
    """Whether two spellings name one user; nothing said is root."""
    root = ("", "root", "0", "0:0", "root:root")
    return one == other or (one in root and other in root)
