"""Commands that pass text on: cat, tee, tr, cut, head, tail, digests."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from migrator.commands.base import Invocation, split_options, text_of
from migrator.commands.files import may_be_there
from migrator.commands.numbers import natural, whole
from migrator.commands.printing import unescape
from migrator.commands.workshop import in_stage
from migrator.trace.render import renderable
from migrator.trace.render import word as shell_word
from migrator.trace.state import FAILURE, SUCCESS, Status
from migrator.trace.streams import NOTHING, Content, Opaque, Text
from migrator.trace.symbols import SymbolKind, is_known
from migrator.trace.workspace import Ambiguous, Folder, Mystery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from migrator.commands.base import Command
    from migrator.trace.streams import Stream


def inputs(call: Invocation, operands: Sequence[str]) -> list[Stream] | None:
    """The streams that the operands name; None when one is certainly missing."""
    if not operands:
        return [call.channels.stdin.stream]
    found: list[Stream] = []
    for word in operands:
        if word == "-":
            found.append(call.channels.stdin.stream)
            continue
        if not word:
            return None
        node = call.state.workspace.behind(call.path(word))
        if node is None:
            if call.state.workspace.exists(call.path(word)) is False and not may_be_there(call.shell, word):
                return None
            found.append(Opaque(call.span, f"the content of {word}"))
        elif isinstance(node, Ambiguous):
            found.append(Opaque(node.span, "a file that may come from several places"))
        elif isinstance(node, Mystery):
            found.append(Opaque(node.because, node.what))
        elif isinstance(node, Folder):
            return None
        else:
            found.append(Content(node))
    return found


def concatenate(call: Invocation) -> Status:
    """`cat [file…]`."""
    streams = inputs(call, split_options(call.arguments).operands)
    if streams is None:
        return FAILURE
    for stream in streams:
        if isinstance(stream, Text):
            call.shell.budget.spend(len(stream.text))
    call.channels.out.extend(stream for stream in streams if stream != NOTHING)
    return SUCCESS


def tee(call: Invocation) -> Status:
    """`tee [-a] file…`."""
    found = split_options(call.arguments)
    stream = call.channels.stdin.stream
    for word in found.operands:
        if word not in ("/dev/null", "/dev/stderr", "/dev/tty"):
            call.shell.write_file(call.path(word), stream, call.span, append=found.has("a", "append"))
    call.channels.out.append(stream)
    return SUCCESS


def filtered(call: Invocation, operands: Sequence[str], change: Callable[[str], str | None]) -> Status:
    """Runs known text through a function; what it cannot do gives an unknown stream, or a `$(…)` of the same text."""
    streams = inputs(call, operands)
    if streams is None:
        return FAILURE
    texts = [text_of(call.shell, stream) for stream in streams]
    if all(text is not None for text in texts):
        result = change("".join(text or "" for text in texts))
        if result is not None and any(isinstance(stream, Text) and stream.loose for stream in streams):
            call.channels.out.append(_loose(call, "".join(text or "" for text in texts), result, change))
            return SUCCESS
        if result is not None:
            call.channels.say(result)
            return SUCCESS
        whole = "".join(text or "" for text in texts)
        if not operands and renderable(whole, call.shell.symbols) and not is_known(whole) and whole.count("\n") <= 1:
            return _kept(call, whole)
    because = next((stream for stream in streams if isinstance(stream, Opaque)), None)
    made = in_stage(call, operands, streams) if because is None and _is_the_same_anywhere(call) else None
    call.channels.out.append(made or because or Opaque(call.span, f"what {call.name} prints"))
    return SUCCESS


def _loose(call: Invocation, text: str, result: str, change: Callable[[str], str | None]) -> Stream:
    """What a filter makes of lines whose order nobody knows: turned round they show whether the order counts."""
    other = change(joined(lines_of(text)[::-1]))
    if other == result:
        return Text(result)
    same = other is not None and sorted(lines_of(other)) == sorted(lines_of(result))
    return Text(result, loose=True) if same else Opaque(call.span, f"what {call.name} prints of lines in any order")


@contextlib.contextmanager
def in_any_order(call: Invocation, count: int) -> Iterator[None]:
    """What is printed meanwhile, for each of so many names, comes in an order that nobody knows."""
    before = len(call.channels.out)
    yield
    printed = call.channels.out[before:]
    if count > 1 and printed:
        texts = [stream.text for stream in printed if isinstance(stream, Text)]
        plain = len(texts) == len(printed) > 1
        call.channels.out[before:] = [
            Text("".join(texts), loose=True) if plain else Opaque(call.span, "what is printed for names in any order")
        ]


def _is_the_same_anywhere(call: Invocation) -> bool:
    """Whether a filter prints the same wherever it runs: envsubst looks around, and wc alone fills with blanks."""
    return call.name != "envsubst" and (call.name != "wc" or len(split_options(call.arguments).options) == 1)


def digest(call: Invocation) -> Status:
    """`sha256sum file…` and its like: in a stage where a file came out of an image; checks change nothing."""
    found = split_options(call.arguments)
    if found.options:
        call.channels.out.append(Opaque(call.span, f"what {call.name} prints"))
        return Status(None, None, call.span)
    return filtered(call, found.operands, lambda _: None)


def _kept(call: Invocation, whole: str) -> Status:
    """A filter over a value of the user's: carried over as bash text."""
    symbols = call.shell.symbols
    if not all(renderable(item, symbols) for item in call.words):
        call.channels.out.append(Opaque(call.span, f"what {call.name} prints"))
        return SUCCESS
    command = " ".join(shell_word(item, symbols) for item in call.words)
    name = next(symbol.name for symbol in symbols.within(whole))
    text = f"$(printf '%s\\n' {shell_word(whole.removesuffix(chr(10)), symbols)} | {command})"
    call.channels.say(call.output(name, text, empty=True) + "\n")
    return SUCCESS


def lines_of(text: str) -> list[str]:
    """The lines of a text, without their ends."""
    return text.removesuffix("\n").split("\n") if text else []


def whole_lines(text: str) -> list[str]:
    """The lines of a text with their ends, which the last one may lack."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def joined(lines: Sequence[str]) -> str:
    """Lines as a text."""
    return "".join(f"{line}\n" for line in lines)


def head(call: Invocation) -> Status:
    """`head [-n count]`."""
    words = [f"-n{w[1:]}" if re.fullmatch(r"-\d+", w) else w for w in call.arguments]
    found = split_options(words, "nc", ("lines", "bytes"))
    count = whole(found.value("n", "lines") or "10")
    if len(found.operands) > 1:
        return filtered(call, found.operands, lambda _: None)  # with a heading for each
    if found.has("c", "bytes"):
        size = natural(found.value("c", "bytes"))
        return filtered(call, found.operands, lambda t: t[:size] if size is not None and t.isascii() else None)

    def change(text: str) -> str | None:
        if count is None or _may_be_lines(call, text):
            return None
        return "".join(whole_lines(text)[:count])

    return filtered(call, found.operands, change)


def _may_be_lines(call: Invocation, text: str) -> bool:
    """Whether a value in the text may be several lines: what a command prints is as long as it likes."""
    return any(symbol.kind is SymbolKind.OUTPUT for symbol in call.shell.symbols.within(text))


def tail(call: Invocation) -> Status:
    """`tail [-n count]`."""
    words = [f"-n{w[1:]}" if re.fullmatch(r"-\d+", w) else w for w in call.arguments]
    found = split_options(words, "nc", ("lines", "bytes"))
    count = found.value("n", "lines") or "10"

    def change(text: str) -> str | None:
        if _may_be_lines(call, text) or len(found.operands) > 1:
            return None
        number = natural(count.removeprefix("+"))
        if number is None or found.has("c", "f"):
            return None
        lines = whole_lines(text)
        return "".join(lines[max(number - 1, 0) :] if count.startswith("+") else lines[max(len(lines) - number, 0) :])

    return filtered(call, found.operands, change)


def translate(call: Invocation) -> Status:
    """`tr [-d] [-s] set [set]`."""
    found = split_options(call.arguments)
    sets = [_set(word) for word in found.operands]

    def change(text: str) -> str | None:
        if not is_known(text) or any(item is None for item in sets) or found.has("c", "C") or not sets:
            return None
        first = sets[0] or ""
        if found.has("d"):
            return "".join(c for c in text if c not in first)
        if found.has("s") and len(sets) == 1:
            return re.sub(f"([{re.escape(first)}])\\1+", r"\1", text)
        second = sets[1] if len(sets) > 1 and sets[1] else ""
        second = second.ljust(len(first), second[-1]) if second else ""
        return text.translate(str.maketrans(first, second[: len(first)])) if second and not found.has("s") else None

    return filtered(call, (), change)


def _set(text: str) -> str | None:
    classes = {
        "[:upper:]": "A-Z",
        "[:lower:]": "a-z",
        "[:digit:]": "0-9",
        "[:space:]": " \\t\\n",
        "[:alpha:]": "A-Za-z",
    }
    for name, letters in classes.items():
        text = text.replace(name, letters)
    if "[:" in text:
        return None
    text = unescape(text)
    return re.sub(r"(.)-(.)", lambda f: "".join(map(chr, range(ord(f[1]), ord(f[2]) + 1))), text, flags=re.DOTALL)


def cut(call: Invocation) -> Status:
    """`cut -d x -f n` and `cut -c n-m`."""
    found = split_options(call.arguments, "dfcb", ("delimiter", "fields", "characters"))
    mark = found.value("d", "delimiter") or "\t"
    fields, characters = found.value("f", "fields"), found.value("c", "b", "characters")

    def one(line: str) -> str | None:
        if characters:
            chosen = _ranges(characters, len(line))
            return (
                "".join(line[i - 1] for i in chosen if i <= len(line))
                if chosen is not None and is_known(line)
                else None
            )
        if not fields or (not is_known(line) and mark not in line):
            return None
        parts = line.split(mark)
        chosen = _ranges(fields, len(parts))
        if chosen is None:
            return None
        if len(parts) == 1:
            return None if found.has("s") else line
        whole = next((index for index, part in enumerate(parts, 1) if not is_known(part)), len(parts))
        doubtful = any(index > whole for index in chosen) or (whole in chosen and not is_known(parts[whole - 1]))
        to_the_end = fields.endswith("-") and "," not in fields and chosen[:1] <= [whole]
        if doubtful and not to_the_end:  # what is not known may hold the mark itself
            return None
        return mark.join(parts[i - 1] for i in chosen if i <= len(parts))

    def change(text: str) -> str | None:
        separate = found.has("s") and not characters  # lines without the mark are left out
        lines = [one(line) for line in lines_of(text) if not separate or mark in line or not is_known(line)]
        return None if None in lines else joined([line or "" for line in lines])

    return filtered(call, found.operands, change)


def _ranges(text: str, size: int) -> list[int] | None:
    chosen: list[int] = []
    for part in text.split(","):
        found = re.fullmatch(r"([0-9]{0,9})(-?)([0-9]{0,9})", part)
        if not found or not part:
            return None
        first = int(found[1] or 1)
        last = min(int(found[3]), size) if found[3] else (size if found[2] else first)
        chosen.extend(range(first, min(last, size) + 1))
    return sorted(set(chosen))


COMMANDS: dict[str, Command] = {
    "cat": concatenate, "tee": tee, "head": head, "tail": tail,
    "tr": translate, "cut": cut,
    "md5sum": digest, "sha1sum": digest, "sha256sum": digest, "sha512sum": digest, "base64": digest,
}  # fmt: skip
