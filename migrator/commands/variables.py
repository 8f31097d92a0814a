"""Built-ins that set variables: export, local, declare, readonly, unset, read, getopts, let, mapfile."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.commands.arithmetic import evaluate
from migrator.commands.arrays import is_open, position
from migrator.commands.base import Invocation, split_options, text_of
from migrator.commands.numbers import natural
from migrator.rules import script as rules
from migrator.trace.state import FAILURE, SUCCESS, Alias, Status
from migrator.trace.streams import NOTHING, Opaque, Text
from migrator.trace.symbols import SymbolKind, is_known

if TYPE_CHECKING:
    from migrator.commands.base import Command

_NAME = re.compile(r"[A-Za-z_]\w*")
_ELEMENT = re.compile(r"([A-Za-z_]\w*)\[.+\]")


def _assign(call: Invocation, name: str, value: str) -> None:
    call.shell.assign(name, value)


def export(call: Invocation) -> Status:
    """`export NAME[=value]…`."""
    for word in call.arguments:
        if word.startswith("-"):
            continue
        name, equals, value = word.partition("=")
        if equals:
            _assign(call, name, value)
        if "-n" in call.arguments:
            call.state.exported.discard(name)
        else:
            call.state.exported.add(name)
    return SUCCESS


def local(call: Invocation) -> Status:
    """`local NAME[=value]…`; with `-n` the name is a reference to another variable."""
    refers = _refers(call)
    flags = "".join(word[1:] for word in call.arguments if word.startswith("-"))
    for word in call.arguments:
        if word.startswith("-"):
            continue
        name, equals, value = word.partition("=")
        if not _NAME.fullmatch(name):
            continue
        call.state.localise(name)
        if "A" in flags:
            call.state.maps.add(name)
        if refers and equals:
            _refer(call, name, value)
        elif equals:
            _assign(call, name, value)
        else:
            call.state.variables.pop(name, None)
            call.state.unset.add(name)
    return SUCCESS


def _refers(call: Invocation) -> bool:
    return call.name != "readonly" and any(word[:1] == "-" and "n" in word for word in call.arguments)


def _refer(call: Invocation, name: str, value: str) -> None:
    """`declare -n name=value`; one that leads to itself, or to what cannot be known, is not followed."""
    if _NAME.fullmatch(value) and call.state.referred(value) != name:
        call.state.references[name] = value
    else:
        _assign(call, name, call.unknown(name))


def declare(call: Invocation) -> Status:
    """`declare`, `typeset`, `readonly`: like `local` in a function, else like an assignment."""
    flags = "".join(word[1:] for word in call.arguments if word.startswith("-"))
    refers = _refers(call)
    if "p" in flags:
        call.channels.out.append(Opaque(call.span, f"what {call.name} -p prints"))
        return Status(None, None, call.span)
    if call.name in ("declare", "typeset") and call.state.frames and "g" not in flags:
        local(call)
    for word in call.arguments:
        name, equals, value = word.partition("=")
        if equals and (element := _ELEMENT.fullmatch(name)):
            call.state.maps.update([element[1]] if "A" in flags else [])
            _assign(call, name, value)
        if word.startswith(("-", "+")) or not _NAME.fullmatch(name):
            continue
        if refers:
            if equals:
                _refer(call, name, value)
        elif equals:
            _assign(call, name, value.lower() if "l" in flags else value.upper() if "u" in flags else value)
        elif "A" in flags or "a" in flags:
            call.state.array(name)
        elif name not in call.state.variables and call.name != "readonly":
            call.state.unset.add(name)
        if "A" in flags:
            call.state.maps.add(name)
        if "x" in flags:
            call.state.exported.add(name)
    return SUCCESS


def _unset_element(call: Invocation, name: str, key: str) -> None:
    """`unset 'name[key]'`; which element an expression means that cannot be known, or `@`, is not followed."""
    array = call.state.arrays.get(name, {})
    if name not in call.state.maps and natural(key) is None:
        key = evaluate(call.shell, key, call.span)
    if name not in call.state.maps and is_known(key) and array:
        key = str(position(array, int(key))) if not is_open(array) or not key.startswith("-") else call.unknown(name)
    given = any(call.shell.symbols.holds(value, SymbolKind.WORDS) for value in array.values())
    if is_known(key) and not key.startswith("@") and not given:
        array.pop(key, None)
    elif array:
        call.state.forget_array(name, call.unknown(name))


def unset(call: Invocation) -> Status:
    """`unset NAME…`, also `unset 'a[1]'` and `unset -f`."""
    for word in call.arguments:
        if word.startswith("-"):
            continue
        element = re.fullmatch(r"(\w+)\[(.*)\]", word)
        if element:
            _unset_element(call, element[1], element[2])
        elif "-f" in call.arguments:
            call.state.functions.pop(word, None)
        else:
            call.state.variables.pop(word, None)
            call.state.arrays.pop(word, None)
            call.state.maps.discard(word)
            call.state.unset.add(word)
            call.state.exported.discard(word)
    return SUCCESS


def read(call: Invocation) -> Status:
    """`read [-r] NAME…`: from a stream whose text is known; a person's answer is not."""
    found = split_options(call.arguments, "pdntuaNi")
    array = found.value("a")
    if array:
        return _read_array(call, array)
    names = list(found.operands)
    if call.channels.stdin.has_lines:
        return _split_line(call, names or ["REPLY"], call.channels.stdin.line())
    stream = call.channels.stdin.stream
    text = text_of(call.shell, stream)
    if text is not None and stream != NOTHING:
        call.channels.stdin.stream = Text(text)
        return _split_line(call, names or ["REPLY"], call.channels.stdin.line())
    if stream == NOTHING and call.channels.stdin.exhausted:
        return _split_line(call, names or ["REPLY"], None)
    call.shell.note(rules.INTERACTIVE.at(call.span))
    for name in names or ["REPLY"]:
        _assign(call, name, call.unknown(name))
    return Status(None, None, call.span)


def _read_array(call: Invocation, name: str) -> Status:
    """`read -a NAME`: the fields of a line."""
    text = text_of(call.shell, call.channels.stdin.stream)
    if text is None:
        call.shell.note(rules.INTERACTIVE.at(call.span))
        call.state.forget_array(name, call.unknown(name))
        return Status(None, None, call.span)
    call.channels.stdin.stream = Text(text)
    line = call.channels.stdin.line()
    if not is_known(line or ""):  # as many words as it comes to
        call.state.forget_array(name, call.unknown(name))
        return FAILURE if call.channels.stdin.cut else SUCCESS
    separators = call.state.variables.get("IFS", " \t\n")
    blanks = "".join(c for c in separators if c.isspace())
    rest = (line or "").strip(blanks) if blanks else line or ""
    plain = re.escape("".join(c for c in separators if not c.isspace()))
    some = f"[{re.escape(blanks)}]" if blanks else "(?!)"
    between = f"{some}*[{plain}]{some}*|{some}+" if plain else f"{some}+"
    words = re.split(between, rest) if separators and rest else [rest] if rest else []
    call.state.arrays[name] = {str(index): word for index, word in enumerate(words)}
    return FAILURE if line is None or call.channels.stdin.cut else SUCCESS


def alias(call: Invocation) -> Status:
    """`alias NAME=words`."""
    for word in call.arguments:
        name, equals, text = word.partition("=")
        if equals:
            call.state.aliases[name] = Alias(text, inside=bool(call.state.frames))
    return SUCCESS


def unalias(call: Invocation) -> Status:
    """`unalias NAME`, `unalias -a`."""
    for name in list(call.state.aliases) if "-a" in call.arguments else call.arguments:
        call.state.aliases.pop(name, None)
    return SUCCESS


def _split_line(call: Invocation, names: list[str], line: str | None) -> Status:
    separators = call.state.variables.get("IFS", " \t\n")
    text = line or ""
    blanks = "".join(c for c in separators if c.isspace())
    rest = text.strip(blanks) if blanks else text
    for index, name in enumerate(names):
        if index == len(names) - 1 or not separators:
            _assign(call, name, rest)
            break
        found = re.split(f"[{re.escape(separators)}]+" if blanks else f"[{re.escape(separators)}]", rest, maxsplit=1)
        if not is_known(found[0]):  # it may hold what separates: where the next begins, nobody knows
            for after in names[index:]:
                _assign(call, after, call.unknown(after))
            return SUCCESS
        _assign(call, name, found[0])
        rest = found[1] if len(found) > 1 else ""
    for name in names[index + 1 :]:
        _assign(call, name, "")
    return FAILURE if line is None or call.channels.stdin.cut else SUCCESS


def map_file(call: Invocation) -> Status:
    """`mapfile -t NAME`: the lines of a stream whose text is known."""
    names = [word for word in call.arguments if not word.startswith("-")]
    text = text_of(call.shell, call.channels.stdin.stream)
    name = names[-1] if names else "MAPFILE"
    if text is None or not is_known(text):
        call.state.forget_array(name, call.unknown(name))
        return SUCCESS
    found = split_options(call.arguments, "dnOsuCc")
    if any(option != "t" for option, _ in found.options):
        call.state.forget_array(name, call.unknown(name))
        return SUCCESS
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    call.state.arrays[name] = {
        str(index): line.removesuffix("\n") if found.has("t") else line for index, line in enumerate(lines)
    }
    return SUCCESS


def get_options(call: Invocation) -> Status:
    """`getopts spec NAME [words]`."""
    state = call.state
    if len(call.arguments) < 2:
        return Status(2)
    spec, name = call.arguments[:2]
    words = list(call.arguments[2:] or state.positional)
    index = natural(state.variables.get("OPTIND", "1") or "1")
    place = natural(state.variables.get("_OPTPLACE", "1"))
    if not index or place is None:
        return Status(None, None, call.span)
    if any(not is_known(word) for word in words[:index]):
        return Status(None, None, call.span)
    if index > len(words) or not words[index - 1].startswith("-") or words[index - 1] == "-":
        _assign(call, name, "?")
        return FAILURE
    word = words[index - 1]
    if word == "--":
        state.variables["OPTIND"] = str(index + 1)
        return FAILURE
    if place >= len(word):  # the words are not those of the call before
        return Status(None, None, call.span)
    letter = word[place]
    more = place + 1 < len(word)
    position = spec.find(letter)
    takes = position >= 0 and spec[position + 1 : position + 2] == ":"
    if takes:
        value = word[place + 1 :] if more else (words[index] if index < len(words) else "")
        state.variables["OPTARG"] = value
        index, place = index + (1 if more else 2), 1
    else:
        state.variables.pop("OPTARG", None)
        index, place = (index, place + 1) if more else (index + 1, 1)
    state.variables["OPTIND"], state.variables["_OPTPLACE"] = str(index), str(place)
    _assign(call, name, letter if position >= 0 and letter != ":" else "?")
    return SUCCESS


def let(call: Invocation) -> Status:
    """`let expression…`."""
    value = "0"
    for word in call.arguments:
        value = evaluate(call.shell, word, call.span)
    return Status(int(value == "0")) if is_known(value) else Status(None, None, call.span)


COMMANDS: dict[str, Command] = {
    "export": export, "local": local, "declare": declare, "typeset": declare, "readonly": declare, "unset": unset,
    "read": read, "mapfile": map_file, "readarray": map_file, "getopts": get_options, "let": let,
    "alias": alias, "unalias": unalias,
}  # fmt: skip
