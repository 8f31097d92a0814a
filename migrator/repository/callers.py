"""Lines that call a script which is gone: those that are nothing but the call become the new build command."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from migrator.repository import package, python_calls, shell_calls, yaml_lines
from migrator.repository.edits import Edit
from migrator.repository.mentions import Kind

if TYPE_CHECKING:
    from migrator.repository.mentions import Mention

_LABEL = r"(?:label\s*:\s*(?:'[^']*'|\"[^\"]*\")\s*,\s*)?"
# What must stand around the shell text with the call, per kind of file: in front of it on its line, and behind.
_AROUND: dict[Kind, tuple[str, str]] = {
    Kind.MAKEFILE: (r"\t[ \t]*[@+-]*[ \t]*", r"[ \t]*"),
    Kind.PIPELINE: (r"\s*(?:-\s+)?(?:(?:run|script|command|sh|bash)\s*:\s+)?", r"\s*(?:\s#.*)?"),
    Kind.DOCUMENT: (r"[ \t]*(?:\$[ \t]+)?", r"[ \t]*"),
    Kind.JENKINS: (
        rf"(?:[^'\"/]|'[^']*'|\"[^\"]*\")*?(?<!\w)sh\s*\(?\s*(?:{_LABEL}script\s*:\s*)?(?P<quote>['\"])",
        r"(?P=quote)\s*\)?[\s;}]*",
    ),
    Kind.JUST: (r"[ \t]+[@-]*", r"[ \t]*"),
    Kind.PACKAGE: (r"\s*\"[\w:.-]+\"\s*:\s*\"", r"\"\s*,?\s*"),
    Kind.EDITOR: (r"\s*\"command\"\s*:\s*\"", r"\"\s*,?\s*"),
    Kind.RAKE: (r"\s*(?:sh|system)\s*\(?\s*(?P<quote>['\"])", r"(?P=quote)\s*\)?\s*"),
    Kind.HOOKS: (r"\s*(?:-\s+)?entry\s*:\s+", r"\s*(?:\s#.*)?"),
}
_AROUND[Kind.TASKS] = (r"\s*(?:-\s+)?(?:cmds?\s*:\s+)?", _AROUND[Kind.PIPELINE][1])
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
    Kind.TASKS: r"(?m)^\s*(?:-\s+)?(?:dir\s*:|(?:cmds?:\s+)?cd\s)|[:-]\s+>[-+\d]*\s*$",
    Kind.EDITOR: r"\"cwd\"",
    Kind.RAKE: r"\b(?:cd|chdir)\b",
    Kind.HOOKS: r"(?!)",
}


# What makes a line a comment, per kind of file.
_COMMENTS: dict[Kind, str] = {
    Kind.MAKEFILE: r"\s*#", Kind.PIPELINE: r"\s*#", Kind.COMPOSE: r"\s*#", Kind.SHELL: r"\s*#(?!!)",
    Kind.JENKINS: r"\s*(//|\*|/\*)", Kind.JUST: r"\s*#", Kind.TASKS: r"\s*#", Kind.RAKE: r"\s*#", Kind.HOOKS: r"\s*#",
    Kind.EDITOR: r"\s*//",
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
    place = posixpath.dirname(mention.path)
    if mention.kind not in _MOVES or (mention.kind in _BY_FOLDER and place != _BY_FOLDER[mention.kind]):
        return None
    source = mention.span.source
    within = _FROM_CLONE if mention.kind is Kind.DOCUMENT else _TO_ITSELF
    if re.search(_MOVES[mention.kind], within.sub("", source.text)):
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
    if mention.kind in _YAML and _goes_on(mention):
        return None
    more = _beside(mention, found["call"])
    edits = shell_calls.edits(found["call"], script, command)
    if more is None or edits is None:
        return None
    begin = source.line_starts[mention.span.line - 1] + found.start("call")
    return [*more, *(Edit(begin + one.start, begin + one.end, one.text) for one in edits)]


def _beside(mention: Mention, call: str) -> list[Edit] | None:
    """What has to change beside a call as well; None where what stands there makes it another call."""
    source, number = mention.span.source, mention.span.line
    match mention.kind:
        case Kind.PACKAGE:
            return [] if call in package.scripts(source.text) else None
        case Kind.EDITOR:  # https://code.visualstudio.com/docs/debugtest/tasks#_custom-tasks
            start, end = source.text.rfind("{", 0, mention.span.start), source.text.find("}", mention.span.end)
            task = source.text[start:end]
            return (
                []
                if re.search(r'"type"\s*:\s*"shell"', task) and '"args"' not in task and "{" not in task[1:]
                else None
            )
        case Kind.HOOKS:  # https://pre-commit.com/#new-hooks
            indent = re.match(r"\s*(?:-\s+)?", mention.line)
            depth = len(indent[0]) if indent is not None else 0
            keys = yaml_lines.siblings(source, number, depth)
            if keys.get("pass_filenames") != "false" or "args" in keys:
                return None
            return {"script": yaml_lines.changed(source, number, depth, "language", "system"), "system": []}.get(
                keys.get("language", "")
            )
        case _:
            return []


# Where a line runs in the folder of its own file, or means the root only from one folder.
_BY_FOLDER = {
    **dict.fromkeys((Kind.MAKEFILE, Kind.PACKAGE, Kind.SHELL, Kind.JUST, Kind.TASKS, Kind.RAKE, Kind.HOOKS), ""),
    Kind.EDITOR: ".vscode",
}
_YAML = (Kind.PIPELINE, Kind.TASKS, Kind.HOOKS)
# A change into the folder that the line before has cloned.
_FROM_CLONE = re.compile(
    r"(?m)^[ \t]*(?:\$[ \t]+)?git[ \t]+clone[ \t][^\n]*?(?:[/:\s](?P<name>[\w.-]+?))(?:\.git)?/?[ \t]*"
    r"(?:\n[ \t]*(?:\$[ \t]+)?|[ \t]*&&[ \t]*)cd[ \t]+(?P=name)/?[ \t]*$"
)
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
    if kind is Kind.PACKAGE:
        return r"[^\"\\]+"
    if kind in _YAML:  # a plain scalar, without what means something else to YAML
        return r"[^\s#'\"\[\]{}>|*&!%@`,?:-](?:(?!:\s|\s#).)*[^\s:\\]"
    return rf"(?:(?:bash|sh)[ \t]+)?(?:\./)?{re.escape(script)}"


def _fits(mention: Mention, command: str) -> bool:
    """Whether the command's text means itself there."""
    if mention.kind in _YAML:
        plain = re.search(r":\s|\s#|^[-?&*!|>%@`\"'{\[]|\{\{", command) is None
        return plain and (mention.kind is not Kind.HOOKS or shell_calls.plain_words(command) is not None)
    if mention.kind in (Kind.JENKINS, Kind.PACKAGE, Kind.EDITOR, Kind.RAKE):
        return not set(command) & set("'\"\\#")
    if mention.kind is Kind.JUST:
        return "{{" not in command
    return True


def _is_code(mention: Mention) -> bool:
    """Whether a line of a document stands in a block of commands (https://spec.commonmark.org/0.31.2/, section 4.5)."""
    if mention.kind is not Kind.DOCUMENT:
        return True
    before = mention.span.source.text[: mention.span.start].splitlines()
    deep = r"[ \t]" if mention.path.endswith(".rst") else r"    |\t"
    if re.match(deep, mention.line):
        return _is_indented_code(before[:-1], deep)
    fences = [line for line in before if re.match(r" {0,3}(```|~~~)", line)]
    return len(fences) % 2 == 1


def _is_indented_code(before: list[str], deep: str) -> bool:
    """Whether an indented line behind these is one of a block of code.

    https://docutils.sourceforge.io/docs/ref/rst/restructuredtext.html#literal-blocks and
    https://spec.commonmark.org/0.31.2/, section 4.4.
    """
    heads = [number for number, line in enumerate(before) if line.strip() and not re.match(deep, line)]
    if not heads or heads[-1] == len(before) - 1 or before[heads[-1] + 1].strip():
        return False
    head = before[heads[-1]].strip()
    if deep == r"[ \t]":
        return head.endswith("::") or re.match(r"\.\. (code|code-block|sourcecode)::", head) is not None
    return re.match(r"([-*+]|\d+[.)])\s", head) is None
