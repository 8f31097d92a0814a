"""Which options of a utility its model understands. With any other one the command counts as unknown.

A model looks for the options that it knows; one that it does not look for would be lost without a word. So the table
here stands in front of the models, and what is not in it is not modelled: POSIX and GNU coreutils name the options.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.commands.base import split_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrator.commands.base import Arguments


@dataclass(frozen=True)
class _Options:
    """Letters and long names that a model understands; those of `with_value` take one."""

    letters: str
    names: tuple[str, ...] = ()
    with_value: str = ""
    long_with_value: tuple[str, ...] = ()


def _options(letters: str, names: str = "", with_value: str = "", long_with_value: str = "") -> _Options:
    longs = tuple(long_with_value.split())
    return _Options(letters + with_value, (*names.split(), *longs), with_value, longs)


_COMPRESSOR = _options(
    "cdkfvnqez0123456789", "fast best stdout to-stdout decompress compress keep force verbose no-name quiet", "T"
)

_TABLE: dict[str, _Options] = {
    "rm": _options("frRdv", "recursive force dir verbose preserve-root no-preserve-root one-file-system"),
    "rmdir": _options("v", "verbose ignore-fail-on-non-empty"),
    "mkdir": _options("pv", "parents verbose", "m", "mode"),
    "touch": _options("acm", "no-create", "drt", "date reference time"),
    "ln": _options("sfnv", "symbolic force no-dereference verbose"),
    # -n, -u, -i, -l, -s and --parents are known to depend on what is there; the model says so.
    "cp": _options(
        "rRapfvdPTxnuilsLH",
        "recursive archive preserve force verbose no-target-directory no-dereference one-file-system reflink sparse "
        "no-clobber update link symbolic-link parents dereference remove-destination",
        "t",
        "target-directory",
    ),
    "mv": _options("fv", "force verbose", "t", "target-directory"),
    "install": _options("Ddvp", "directory verbose preserve-timestamps", "mogt", "mode owner group target-directory"),
    "rsync": _options(
        "avzPhqrlptogD",
        "archive verbose compress progress stats human-readable partial quiet recursive delete",
        "e",
        "rsh exclude include exclude-from filter",
    ),
    "cat": _options("u"),
    "tee": _options("ai", "append ignore-interrupts"),
    "head": _options("q0123456789", "quiet silent", "nc", "lines bytes"),
    "tail": _options("q0123456789", "quiet silent", "nc", "lines bytes"),
    "tr": _options("dscC"),
    "cut": _options("sn", "", "dfcb", "delimiter fields characters bytes"),
    "sort": _options("urnVfbhgMszcdi", "unique reverse numeric-sort version-sort", "kt", "key field-separator"),
    "awk": _options("", "", "Fv"),
    "gawk": _options("", "", "Fv"),
    "sed": _options("nrEiu", "expression file in-place quiet silent regexp-extended", "ef", "expression file"),
    "unzip": _options("oqnjx", "", "d"),
    "zip": _options("rq0123456789jyXD", "recurse-paths quiet junk-paths symlinks", "x"),
    "basename": _options("a", "multiple", "s", "suffix"),
    "dirname": _options(""),
    "readlink": _options("fem", "canonicalize canonicalize-existing canonicalize-missing"),
    "realpath": _options("emsq", "canonicalize-existing canonicalize-missing quiet", "", "relative-to"),
    "mktemp": _options("duqt", "directory dry-run quiet", "p", "tmpdir suffix"),
    **dict.fromkeys(
        ("gzip", "gunzip", "zcat", "xz", "unxz", "xzcat", "bzip2", "bunzip2", "bzcat", "zstd", "unzstd", "pigz", "lz4"),
        _COMPRESSOR,
    ),
}


def understands(name: str, arguments: Sequence[str]) -> bool:
    """Whether the model of a command understands all its options; True for commands that are not in the table."""
    known = _TABLE.get(name)
    if known is None:
        return True
    if name == "rsync" and not _keeps_links(arguments):
        return False
    if name == "zip" and "-" in arguments:
        return False  # the archive goes to standard output
    words = _in_place(arguments) if name == "sed" else arguments
    found = split_options(words, known.with_value, known.long_with_value)
    if known is _COMPRESSOR and found.has("z", "compress") and found.has("d", "decompress"):
        return False  # the last one wins
    if name in ("awk", "gawk", "sed") and _writes(name, found):
        return False
    return all(option in known.names if len(option) > 1 else option in known.letters for option, _ in found.options)


_SUBSTITUTION = re.compile(r"[sy]([^\w\s\\])(?:\\.|(?!\1).)*\1(?:\\.|(?!\1).)*\1(?P<flags>\w*)", re.DOTALL)
_SED_WRITES = re.compile(r"(?:^|[;{}!$,0-9/\n])\s*(?:[wW]\s*\S|e\b)")
_AWK_WRITES = re.compile(r"print[^;}\n]*>|(?<!\|)\|(?!\|)|\bsystem\s*\(|\bgetline\b")


def _writes(name: str, found: Arguments) -> bool:
    """Whether a program may write a file or run a command: `w` and `e` of sed, redirections and pipes of awk."""
    given = [value or "" for option, value in found.options if option in ("e", "expression")]
    programs = given or list(found.operands[:1])
    if name != "sed":
        return any(_AWK_WRITES.search(re.sub(r'"(?:\\.|[^"\\])*"', '""', text)) for text in programs)
    if found.has("f", "file"):
        return True
    flags = [one["flags"] for text in programs for one in _SUBSTITUTION.finditer(text)]
    bare = [re.sub(r"/(?:\\.|[^/\\])*/", "/", _SUBSTITUTION.sub("", text)) for text in programs]
    return any({*"we"} & {*flag} for flag in flags) or any(_SED_WRITES.search(text) for text in bare)


def _keeps_links(arguments: Sequence[str]) -> bool:
    """Rsync leaves links and modes out unless it is told otherwise."""
    found = split_options(arguments, "e")
    return found.has("a", "archive") or (found.has("l", "links") and found.has("p", "perms"))


def _in_place(arguments: Sequence[str]) -> list[str]:
    """`-i.bak` as `-i`: sed takes the suffix in the same word."""
    found = []
    for word in arguments:
        letters = word[1:].partition("i")
        plain = word.startswith("-") and not word.startswith("--") and set(letters[0]) <= set("nrEu")
        found.append(f"-{letters[0]}i" if plain and letters[1] else word)
    return found
