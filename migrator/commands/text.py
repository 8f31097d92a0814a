"""Commands that make or filter text: echo, printf, cat, tee, sed, tr, cut, head, tail, grep, envsubst and others."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from migrator.commands.base import Invocation, split_options, text_of
from migrator.commands.sed import transform
from migrator.commands.workshop import give_up, lift
from migrator.trace.render import renderable
from migrator.trace.render import word as shell_word
from migrator.trace.state import FAILURE, SUCCESS, Status
from migrator.trace.streams import NOTHING, Content, Opaque, Text
from migrator.trace.symbols import is_known
from migrator.trace.workspace import Ambiguous, Carried, Folder, Mystery, RepoFile, Written

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from migrator.commands.base import Command
    from migrator.trace.streams import Stream

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "e": "\x1b",
            '"': '"', "'": "'"}  # fmt: skip


def echo(call: Invocation) -> Status:
    """`echo [-n] [-e] words`."""
    words = list(call.arguments)
    newline, escapes = "\n", False
    while words and re.fullmatch(r"-[neE]+", words[0]):
        flags = words.pop(0)
        newline = "" if "n" in flags else newline
        escapes = "e" in flags or escapes
    text = " ".join(words)
    if escapes:
        text, stop, _ = text.partition("\\c")
        newline = "" if stop else newline
        text = unescape(text)
    call.channels.say(text + newline)
    return SUCCESS


def unescape(text: str) -> str:
    """Backslash escapes as `echo -e` and printf read them."""

    def one(found: re.Match[str]) -> str:
        body = found[1]
        if body[0] in "0123456789":
            return chr(int(body, 8) & 255)
        if body[0] == "x" and len(body) > 1:
            return chr(int(body[1:], 16))
        return _ESCAPES.get(body, found[0])

    return re.sub(r"\\(0?[0-7]{1,3}|x[0-9a-fA-F]{1,2}|.)", one, text, flags=re.DOTALL)


def printf(call: Invocation) -> Status:
    """`printf [-v name] format words`."""
    words = list(call.arguments)
    name = None
    if words[:1] == ["-v"] and len(words) > 1:
        name, words = words[1], words[2:]
    if words[:1] == ["--"]:
        words = words[1:]
    if not words:
        return FAILURE
    text = _formatted(call, words[0], words[1:])
    if name:
        call.shell.assign(name, text)
    else:
        call.channels.say(text)
    return SUCCESS


_DIRECTIVE = re.compile(r"%(?:%|([-+ #0]*)(\d+|\*)?(?:\.(\d+))?([sdiuxXobqcfeg]|\([^)]*\)T))")


def _formatted(call: Invocation, template: str, values: Sequence[str]) -> str:
    rest = list(values)
    pieces: list[str] = []
    for _ in range(200):
        pieces.append(_round(call, template, rest))
        if not rest or not any(found[0] != "%%" for found in _DIRECTIVE.finditer(template)):
            break
    return "".join(pieces)


def _round(call: Invocation, template: str, rest: list[str]) -> str:
    pieces, position = [], 0
    for found in _DIRECTIVE.finditer(template):
        pieces.append(unescape(template[position : found.start()]))
        position = found.end()
        if found[0] == "%%":
            pieces.append("%")
            continue
        value = rest.pop(0) if rest else ""
        pieces.append(_directive(call, found, value))
    pieces.append(unescape(template[position:]))
    return "".join(pieces)


def _directive(call: Invocation, found: re.Match[str], value: str) -> str:
    flags, width, precision, kind = found[1] or "", found[2], found[3], found[4]
    if kind.endswith("T"):
        return call.output("DATE", f"$(printf '{found[0]}' {value or '-1'})")
    if kind == "b":
        return unescape(value)
    if not is_known(value) and (width or precision or kind not in "sq"):
        return call.unknown("printf")
    if kind in "di" and is_known(value):
        value = str(int(value, 0)) if re.fullmatch(r"-?\w+", value) and value.lstrip("-").isdigit() else (value or "0")
    elif kind in "xXo" and value.isdigit():
        value = format(int(value), kind)
    if precision and kind == "s":
        value = value[: int(precision)]
    if width and width != "*":
        size = int(width)
        value = value.ljust(size) if "-" in flags else value.zfill(size) if "0" in flags else value.rjust(size)
    return value


# --- whole streams ------------------------------------------------------------------------------------------------


def _inputs(call: Invocation, operands: Sequence[str]) -> list[Stream] | None:
    """The streams that the operands name; None when one is certainly missing."""
    if not operands:
        return [call.channels.stdin.stream]
    found: list[Stream] = []
    for word in operands:
        if word == "-":
            found.append(call.channels.stdin.stream)
            continue
        node = call.state.workspace.find(call.path(word))
        if node is None:
            if call.state.workspace.exists(call.path(word)) is False and call.path(word).startswith(call.shell.root):
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
    streams = _inputs(call, split_options(call.arguments).operands)
    if streams is None:
        return FAILURE
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


def _filter(call: Invocation, operands: Sequence[str], change: Callable[[str], str | None]) -> Status:
    """Runs known text through a function; what it cannot do gives an unknown stream, or a `$(…)` of the same text."""
    streams = _inputs(call, operands)
    if streams is None:
        return FAILURE
    texts = [text_of(call.shell, stream) for stream in streams]
    if all(text is not None for text in texts):
        result = change("".join(text or "" for text in texts))
        if result is not None:
            call.channels.say(result)
            return SUCCESS
        whole = "".join(text or "" for text in texts)
        if not operands and renderable(whole, call.shell.symbols) and not is_known(whole) and whole.count("\n") <= 1:
            return _kept(call, whole)
    because = next((stream for stream in streams if isinstance(stream, Opaque)), None)
    call.channels.out.append(because or Opaque(call.span, f"what {call.name} prints"))
    return SUCCESS


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


def sed(call: Invocation) -> Status:
    """`sed [-i] [-e program] [file…]`: on known text here, on artifacts in a stage."""
    found = split_options(_plain_in_place(call.arguments), "ef", ("expression", "file"))
    programs = [value or "" for name, value in found.options if name in ("e", "expression")]
    operands = list(found.operands)
    if not programs and operands and not found.has("f", "file"):
        programs = [operands.pop(0)]
    extended, quiet = found.has("r", "E", "regexp-extended"), found.has("n", "quiet", "silent")

    def change(text: str) -> str | None:
        if found.has("f", "file"):
            return None
        return transform("\n".join(programs), text, quiet=quiet, extended=extended)

    if not found.has("i", "in-place"):
        return _filter(call, operands, change)
    status = SUCCESS
    for word in operands:
        if not _edit_in_place(call, word, operands, change):
            status = FAILURE
    return status


_IN_PLACE = re.compile(r"(-[nrEs]*i)([^nrEs].*)|--in-place=(.*)")


def _plain_in_place(words: Sequence[str]) -> list[str]:
    """`-i.bak` and `--in-place=.bak` as `-i`."""
    return ["-i" if _IN_PLACE.fullmatch(word) else word for word in words]


def _keep_old(call: Invocation, path: str) -> None:
    """`-i.bak` keeps the file as it was beside the new one."""
    found = next((match for word in call.arguments if (match := _IN_PLACE.fullmatch(word))), None)
    suffix = (found[2] or found[3]) if found else None
    node = call.state.workspace.find(path)
    if suffix and node is not None and not isinstance(node, Ambiguous):
        name = suffix.replace("*", posixpath.basename(path)) if "*" in suffix else posixpath.basename(path) + suffix
        call.state.workspace = call.state.workspace.put(posixpath.join(posixpath.dirname(path), name), node)


def _edit_in_place(call: Invocation, word: str, operands: Sequence[str], change: Callable[[str], str | None]) -> bool:
    path = call.path(word)
    node = call.state.workspace.find(path)
    if node is None:
        return False
    _keep_old(call, path)
    text = text_of(call.shell, Content(node)) if isinstance(node, RepoFile | Written) else None
    result = change(text) if text is not None else None
    if result is not None and isinstance(node, RepoFile | Written):
        mode = node.mode if isinstance(node, Written) else 0o755 if node.executable else 0o644
        call.state.workspace = call.state.workspace.put(path, Written(result, mode, call.span))
        return True
    words = tuple(item for item in call.words if item == word or item not in operands)
    if isinstance(node, Carried | RepoFile | Written) and lift(replace(call, words=words), [], [path]):
        return True
    give_up(call, [path], "sed changes it")
    return True


# --- line filters ---------------------------------------------------------------------------------------------------


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n") if text else []


def _joined(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def head(call: Invocation) -> Status:
    """`head [-n count]`."""
    words = [f"-n{w[1:]}" if re.fullmatch(r"-\d+", w) else w for w in call.arguments]
    found = split_options(words, "nc", ("lines", "bytes"))
    count = found.value("n", "lines") or "10"
    if found.has("c", "bytes"):
        size = found.value("c", "bytes") or ""
        return _filter(call, found.operands, lambda t: t[: int(size)] if size.isdigit() and is_known(t) else None)
    return _filter(
        call, found.operands, lambda t: _joined(_lines(t)[: int(count)]) if count.lstrip("-").isdigit() else None
    )


def tail(call: Invocation) -> Status:
    """`tail [-n count]`."""
    words = [f"-n{w[1:]}" if re.fullmatch(r"-\d+", w) else w for w in call.arguments]
    found = split_options(words, "nc", ("lines", "bytes"))
    count = found.value("n", "lines") or "10"

    def change(text: str) -> str | None:
        if count.startswith("+") and count[1:].isdigit():
            return _joined(_lines(text)[int(count[1:]) - 1 :])
        return _joined(_lines(text)[-int(count) :]) if count.isdigit() and not found.has("c", "f") else None

    return _filter(call, found.operands, change)


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

    return _filter(call, (), change)


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
            return "" if found.has("s") else line
        return mark.join(parts[i - 1] for i in chosen if i <= len(parts))

    def change(text: str) -> str | None:
        lines = [one(line) for line in _lines(text)]
        return None if None in lines else _joined([line or "" for line in lines])

    return _filter(call, found.operands, change)


def _ranges(text: str, size: int) -> list[int] | None:
    chosen: list[int] = []
    for part in text.split(","):
        found = re.fullmatch(r"(\d*)(-?)(\d*)", part)
        if not found or not part:
            return None
        first = int(found[1] or 1)
        last = int(found[3]) if found[3] else (size if found[2] else first)
        chosen.extend(range(first, min(last, size) + 1))
    return sorted(set(chosen))


def grep(call: Invocation) -> Status:
    """`grep pattern`: lines of known text."""
    found = split_options(call.arguments, "eABCm", ("regexp",))
    operands = list(found.operands)
    pattern = found.value("e", "regexp") or (operands.pop(0) if operands else "")
    streams = _inputs(call, operands)
    texts = [text_of(call.shell, stream) for stream in streams] if streams is not None else []
    simple = found.only("q", "v", "i", "E", "F", "e", "o", "w", "x", "s", "regexp", "quiet")
    if None in texts or not simple or not all(is_known(t or "") for t in texts) or not is_known(pattern):
        if not found.has("q", "quiet"):
            call.channels.out.append(Opaque(call.span, "what grep prints"))
        return Status(None, None, call.span)
    from migrator.commands.sed import _regex  # noqa: PLC0415 — the same POSIX expressions

    expression = re.escape(pattern) if found.has("F") else _regex(pattern, extended=found.has("E"))
    expression = (
        f"\\b(?:{expression})\\b" if found.has("w") else f"^(?:{expression})$" if found.has("x") else expression
    )
    try:
        compiled = re.compile(expression, re.IGNORECASE if found.has("i") else 0)
    except re.error:
        return Status(None, None, call.span)
    lines = [line for text in texts for line in _lines(text or "")]
    hits = [line for line in lines if (compiled.search(line) is None) == found.has("v")]
    if not found.has("q", "quiet"):
        shown = [m[0] for line in hits for m in compiled.finditer(line)] if found.has("o") else hits
        call.channels.say(_joined(shown))
    return SUCCESS if hits else FAILURE


def sort(call: Invocation) -> Status:
    """`sort [-u] [-r]` of known text."""
    found = split_options(call.arguments, "kto")

    def change(text: str) -> str | None:
        if not found.only("u", "r") or not is_known(text):
            return None
        lines = sorted(_lines(text), reverse=found.has("r"))
        return _joined(list(dict.fromkeys(lines)) if found.has("u") else lines)

    return _filter(call, found.operands, change)


def count(call: Invocation) -> Status:
    """`wc -l` and `wc -c` of known text."""
    found = split_options(call.arguments)

    def change(text: str) -> str | None:
        if found.has("l") and found.only("l"):
            return f"{text.count(chr(10))}\n"
        return f"{len(text.encode())}\n" if found.has("c") and found.only("c") and is_known(text) else None

    return _filter(call, found.operands, change)


def substitute_environment(call: Invocation) -> Status:
    """`envsubst ['$A $B']`: exported variables into a template."""
    only = set(re.findall(r"\$\{?(\w+)", call.arguments[0])) if call.arguments else None
    state = call.state

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if only is not None and name not in only:
            return found[0]
        if name in state.variables:
            return state.variables[name] if name in state.exported else ""
        return call.output(name, f"${name}", empty=True) if name not in state.unset else ""

    return _filter(call, (), lambda text: re.sub(r"\$(?:\{(\w+)\}|(\w+))", value, text))


def sequence(call: Invocation) -> Status:
    """`seq [first [step]] last`."""
    words = [word for word in call.arguments if not word.startswith("-") or word.lstrip("-").isdigit()]
    if len(words) != len(call.arguments) or not all(re.fullmatch(r"-?\d+", word) for word in words) or not words:
        call.channels.out.append(Opaque(call.span, "what seq prints"))
        return SUCCESS
    numbers = [int(word) for word in words]
    first, step, last = {1: (1, 1, numbers[-1]), 2: (numbers[0], 1, numbers[-1])}.get(
        len(numbers), (numbers[0], *numbers[1:3])
    )
    if step and abs((last - first) // step) < 10_000:  # noqa: PLR2004 — no script of this kind counts further
        call.channels.say(_joined([str(n) for n in range(first, last + (1 if step > 0 else -1), step)]))
    return SUCCESS


def reverse(call: Invocation) -> Status:
    """`rev`."""
    return _filter(call, call.arguments, lambda t: _joined([line[::-1] for line in _lines(t)]) if is_known(t) else None)


def awk(call: Invocation) -> Status:
    """`awk '{print $n}'` on known text; anything else is not modelled."""
    found = split_options(call.arguments, "Fv")
    program = found.operands[0] if found.operands else ""
    simple = re.fullmatch(r"\s*\{\s*print\s+\$(\d+|NF)\s*;?\s*\}\s*", program)

    def change(text: str) -> str | None:
        if not simple or not is_known(text) or found.has("v"):
            return None
        mark = found.value("F")
        rows = [line.split(mark) if mark else line.split() for line in _lines(text)]
        column = simple[1]
        return _joined(
            [
                (row[-1] if column == "NF" else row[int(column) - 1] if int(column) <= len(row) else "")
                for row in rows
                if row
            ]
        )

    return _filter(call, found.operands[1:], change)


COMMANDS: dict[str, Command] = {
    "echo": echo, "printf": printf, "cat": concatenate, "tee": tee, "sed": sed, "head": head, "tail": tail,
    "tr": translate, "cut": cut, "grep": grep, "egrep": grep, "fgrep": grep, "sort": sort, "wc": count,
    "envsubst": substitute_environment, "seq": sequence, "rev": reverse, "awk": awk, "gawk": awk,
}  # fmt: skip

__all__ = ["COMMANDS", "Text", "unescape"]
