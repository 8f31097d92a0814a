"""Lines that call a script which is gone: those that are nothing but the call become the new build command."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.repository import python_calls, shell_calls
from migrator.repository.edits import Edit
from migrator.repository.mentions import Kind

if TYPE_CHECKING:
    from migrator.repository.mentions import Mention

# What must stand around the shell text with the call, per kind of file: in front of it on its line, and behind.
_AROUND: dict[Kind, tuple[str, str]] = {
    Kind.MAKEFILE: (r"\t[ \t]*[@+-]*[ \t]*", r"[ \t]*"),
    Kind.PIPELINE: (r"\s*(?:-\s+)?(?:(?:run|script|command|sh|bash)\s*:\s+)?", r"\s*(?:\s#.*)?"),
    Kind.DOCUMENT: (r"[ \t]*(?:\$[ \t]+)?", r"[ \t]*"),
    Kind.JENKINS: (r"(?:[^'\"/]|'[^']*'|\"[^\"]*\")*?(?<!\w)sh\s*\(?\s*(?P<quote>['\"])", r"(?P=quote)\s*\)?[\s;}]*"),
    Kind.JUST: (r"[ \t]+[@-]*", r"[ \t]*"),
    Kind.PACKAGE: (r"\s*\"[\w:-]+\"\s*:\s*\"", r"\"\s*,?\s*"),
}
# What makes the folder, in which a line runs, another one than the repository's root.
_MOVES: dict[Kind, str] = {
    Kind.MAKEFILE: r"(?m)^\.ONESHELL",
    # A folded text (`>`) is one line, whatever it looks like.
    Kind.PIPELINE: r"working[-_]directory|workingDirectory|(?m:^\s*(?:-\s+)?(?:run:\s*)?cd\s|[:-]\s+>[-+\d]*\s*$)",
    Kind.SHELL: r"(?m)\b(?:cd|pushd)\s",
    Kind.JENKINS: r"\bdir\s*\(|(?m:^\s*cd\s)",
    Kind.JUST: r"(?m)^\s*cd\s|working-directory|no-cd",
    Kind.DOCUMENT: r"(?m)^\s*(?:\$\s+)?cd\s(?!.*clone)",
    Kind.PACKAGE: r"(?!)",
}


# What makes a line a comment, per kind of file.
_COMMENTS: dict[Kind, str] = {
    Kind.MAKEFILE: r"\s*#", Kind.PIPELINE: r"\s*#", Kind.COMPOSE: r"\s*#", Kind.SHELL: r"\s*#(?!!)",
    Kind.JENKINS: r"\s*(//|\*|/\*)", Kind.JUST: r"\s*#",
}  # fmt: skip


def is_prose(mention: Mention) -> bool:
    """Whether a mention only tells: it stands in a document, an ignore file or a comment, and nothing runs it."""
    if mention.kind is Kind.PYTHON:
        return python_calls.is_prose(mention)
    if mention.kind in _COMMENTS:
        return re.match(_COMMENTS[mention.kind], mention.line) is not None and not _is_continued(mention)
    return mention.kind in (Kind.DOCUMENT, Kind.IGNORE)


def _is_continued(mention: Mention) -> bool:
    line = mention.span.line
    return line > 1 and mention.span.source.line_text(line - 1).endswith("\\")


def _goes_on(mention: Mention) -> bool:
    """Whether a plain scalar of YAML goes on in the next line (https://yaml.org/spec/1.2.2/, section 7.3.3)."""
    source, number = mention.span.source, mention.span.line
    opened = re.match(r"(\s*)(-\s+)?([\w-]+:\s)?", mention.line)
    following = source.line_text(number + 1) if number < len(source.line_starts) else ""
    if opened is None or not following.strip() or not (opened[2] or opened[3]):
        return False
    own = len(opened[1]) + (len(opened[2] or "") if opened[3] else 0)
    return len(following) - len(following.lstrip()) > own


def rewritten(mention: Mention, script: str, command: str) -> list[Edit] | None:
    """The edits that put the command in place of the call; None where that is not certain to be right.

    The command holds no `$`, and runs from the repository's root; so must the call.
    """
    if mention.kind is Kind.PYTHON:
        return python_calls.rewritten(mention, script, command)
    if mention.kind not in _MOVES or ("/" in mention.path and mention.kind in _BY_FOLDER):
        return None
    source = mention.span.source
    if re.search(_MOVES[mention.kind], _TO_ITSELF.sub("", source.text)):
        return None
    removal = _permission(mention, script)
    if removal is not None:
        return [removal]
    if mention.kind is Kind.SHELL:
        edit = shell_calls.edit_at(mention.span, script, command)
        return None if edit is None else [edit]
    around = _IN_BLOCK if _in_shell_block(mention) else _AROUND[mention.kind]
    found = re.fullmatch(f"{around[0]}(?P<call>{_text(mention.kind, script)}){around[1]}", mention.line)
    if found is None or not _fits(mention, command) or not _is_code(mention) or _is_continued(mention):
        return None
    if mention.kind is Kind.PIPELINE and _goes_on(mention):
        return None
    begin = source.line_starts[mention.span.line - 1] + found.start("call")
    edits = shell_calls.edits(found["call"], script, command)
    return None if edits is None else [Edit(begin + one.start, begin + one.end, one.text) for one in edits]


# Where a line runs in the folder of its own file.
_BY_FOLDER = (Kind.MAKEFILE, Kind.PACKAGE, Kind.SHELL, Kind.JUST)
# A change into the folder that a script of the root stands in.
_TO_ITSELF = re.compile(
    r"""\bcd[ \t]+(?P<q>"?)\$\(dirname[ \t]+(?:--[ \t]+)?"?\$(?:0|\{0\}|\{?BASH_SOURCE(?:\[0\]\})?)"?\)(?P=q)"""
    r"(?=[\s;&|)]|\Z)"
)
_IN_BLOCK = (r"[ \t]*", r"[ \t]*")


def _in_shell_block(mention: Mention) -> bool:
    """Whether a line of a Jenkinsfile stands in a text of several lines that a step gives to a shell."""
    if mention.kind is not Kind.JENKINS:
        return False
    marks = list(re.finditer(r"'''|\"\"\"", mention.span.source.text[: mention.span.start]))
    opened = mention.span.source.text[: marks[-1].start()] if len(marks) % 2 else ""
    return re.search(r"(?<!\w)sh\s*\(?\s*(?:script\s*:\s*)?\Z", opened) is not None


def _permission(mention: Mention, script: str) -> Edit | None:
    """The removal of a line that only makes the script executable, where another command stands beside it."""
    mode = r"(?:[ugoa]*\+r?x|[0-7]{3,4})"
    call = rf"chmod\s+{mode}\s+(?:\./)?{re.escape(script)}\s*"
    found = re.fullmatch(rf"(\s*-\s+)(?:run\s*:\s+)?{call}", mention.line) or re.fullmatch(
        rf"(\s*){call}", mention.line
    )
    if found is None or mention.kind not in (Kind.PIPELINE, Kind.MAKEFILE, Kind.SHELL):
        return None
    source, number = mention.span.source, mention.span.line
    near = [source.line_text(one) for one in (number - 1, number + 1) if 0 < one <= len(source.line_starts)]
    start = source.line_starts[number - 1]
    end = source.line_starts[number] if number < len(source.line_starts) else len(source.text)
    deeper = re.match(rf"{re.escape(found[1].replace('-', ' '))}\s*\S", near[-1]) if "-" in found[1] else None
    beside = any(re.match(rf"{re.escape(found[1])}[^\s#]", one) for one in near)
    goes_on = any(one.endswith("\\") for one in near[:1])
    return Edit(start, end) if beside and deeper is None and not goes_on else None


def _text(kind: Kind, script: str) -> str:
    """What the shell text with the call looks like: a whole recipe or step, elsewhere the call alone."""
    if kind is Kind.MAKEFILE:
        return r"[^\t @+-](?:.*[^\\ \t])?"
    if kind is Kind.PIPELINE:  # a plain scalar, without what means something else to YAML
        return r"[^\s#'\"\[\]{}>|*&!%@`,?:-](?:(?!:\s|\s#).)*[^\s:\\]"
    return rf"(?:(?:bash|sh)[ \t]+)?(?:\./)?{re.escape(script)}"


def _fits(mention: Mention, command: str) -> bool:
    """Whether the command's text means itself there."""
    if mention.kind is Kind.PIPELINE:
        return re.search(r":\s|\s#|^[-?&*!|>%@`\"'{\[]", command) is None
    if mention.kind in (Kind.JENKINS, Kind.PACKAGE):
        return not set(command) & set("'\"\\")
    if mention.kind is Kind.JUST:
        return "{{" not in command
    return True


def _is_code(mention: Mention) -> bool:
    """Whether a line of a document stands in a block of commands (https://spec.commonmark.org/0.31.2/, section 4.5)."""
    if mention.kind is not Kind.DOCUMENT:
        return True
    before = mention.span.source.text[: mention.span.start].splitlines()
    fences = [line for line in before if re.match(r" {0,3}(```|~~~)", line)]
    return len(fences) % 2 == 1
