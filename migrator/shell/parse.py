"""Shell text to our tree, and the only door to bashlex.

bashlex sees nothing but the shape of a statement (see `mask`): which words make a command, and how commands make
lists, pipelines and compound commands. What each piece means was read by the lexer and is put back in `build`.
"""

from __future__ import annotations

import re
import sys
from functools import cache, lru_cache
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from typing import TYPE_CHECKING, Any

from migrator.rules import script as rules
from migrator.shell.build import Builder
from migrator.shell.cursor import Closer, Cursor, Job, NotShellError, TooDeepError, TooMuchTextError
from migrator.shell.documents import read_documents
from migrator.shell.expansions import read_expansion
from migrator.shell.lexer import Lexer
from migrator.shell.mask import mask
from migrator.shell.syntax import Background, Opaque, Script, Sequence
from migrator.shell.tables import ready
from migrator.shell.tokens import Problem
from migrator.shell.view import CARRIAGE_RETURNS, View, view_of
from migrator.shell.words import INNER_TEXT, read_word

if TYPE_CHECKING:
    from migrator.diagnostics import Diagnostic
    from migrator.shell.build import Shape
    from migrator.shell.syntax import Command, Word
    from migrator.shell.tokens import Statement
    from migrator.source import Source

# From here on characters stand for values that are not known: see `migrator.trace.symbols`.
FIRST_RESERVED = 0x100000
_RESERVED = re.compile(f"[{chr(FIRST_RESERVED)}-{chr(0x10FFFF)}]")
_INTERPRETER = re.compile(r"#![ \t]*([^\n]*)")
_POSIX = re.compile(r"(?:^|[/ \t])(?:sh|dash|ash)(?:[ \t]|$)")
# bashlex is told to expand no word: all words are plain by now.
_NO_EXPANSION = -1


def parse(source: Source) -> Script:
    """The script as a tree. What cannot be understood is an `Opaque` statement in it, with a diagnostic."""
    refusal = _refusal(source)
    view = view_of(source)
    interpreter = _INTERPRETER.match(view.text)
    name = interpreter[1].strip() if interpreter else None
    if refusal is not None:
        opaque = Opaque(source.whole, refusal.message)
        return Script(source, name, Sequence(source.whole, (opaque,)), (refusal,))
    posix = name is not None and _POSIX.search(name) is not None
    job = Job(_read_commands, read_expansion, read_documents, posix)
    body = _read_commands(Cursor(job, view), Closer.END)
    findings = (*_findings_about_lines(source), *job.findings)
    return Script(source, name, Sequence(source.whole, body.commands), findings)


def parse_word(source: Source, start: int, end: int) -> Word:
    """The characters [start, end) of a source as one word, in the manner of text between double quotes.

    Raises `NotShellError` where an expansion in it is not closed.
    """
    job = Job(_read_commands, read_expansion, read_documents)
    return read_word(Cursor(job, View(source, source.text).pick([(start, end)], end)), INNER_TEXT)


def _refusal(source: Source) -> Diagnostic | None:
    """Why the text as a whole is not looked at."""
    nul = source.text.find("\0")
    if nul >= 0:
        return rules.NOT_TEXT.at(source.span(nul, nul + 1))
    reserved = _RESERVED.search(source.text)
    if reserved is not None:
        span = source.span(*reserved.span())
        return rules.RESERVED_CHARACTER.at(span, what="the script", number=ord(reserved[0]))
    return None


def _findings_about_lines(source: Source) -> list[Diagnostic]:
    findings: list[Diagnostic] = []
    if source.text.startswith("\ufeff"):
        findings.append(rules.BYTE_ORDER_MARK.at(source.span(0, 1)))
    carriage_return = CARRIAGE_RETURNS.search(source.text)
    if carriage_return is not None:
        findings.append(rules.CARRIAGE_RETURN.at(source.span(*carriage_return.span())))
    return findings


def _read_commands(cursor: Cursor, closer: Closer) -> Sequence:
    """Reads a sequence of commands up to its closer. Only a whole view recovers from text that is not shell."""
    job = cursor.job
    start = cursor.at
    depth = job.depth
    lexer = Lexer(cursor, closer)
    cursor.substitutions += closer is Closer.PAREN
    try:
        statements = lexer.read()
    except NotShellError as error:
        if closer is not Closer.END:
            raise
        deep, much = isinstance(error, TooDeepError), isinstance(error, TooMuchTextError)
        statements = lexer.abandon(Problem(error.reason, error.span, deep, much))
    finally:
        job.depth = depth
        cursor.substitutions -= closer is Closer.PAREN
    cursor.read_documents_ahead()
    commands = tuple([_command(cursor, statement) for statement in statements])
    span = commands[0].span.to(commands[-1].span) if commands else cursor.view.span(start, cursor.at)
    return Sequence(span, commands)


def _command(cursor: Cursor, statement: Statement) -> Command:
    """The tree of one statement; an opaque node when it is not shell."""
    first, last = statement.tokens[0], statement.tokens[-1]
    span = cursor.view.span(first.start, last.end)
    problem = statement.problem
    if problem is None:
        hidden = mask(statement)
        builder = Builder(cursor, first.start, hidden)
        if hidden.is_simple_command:
            return _background(cursor, builder.simple_command(statement.tokens), statement)
        shape = _shape(hidden.text)
        if shape is not None:
            return _background(cursor, builder.command(shape), statement)
        problem = Problem("its parts do not fit together", span)
    rule = rules.TOO_MUCH if problem.too_much else rules.TOO_DEEP if problem.too_deep else rules.NOT_SHELL
    cursor.job.findings.append(rule.at(problem.span, reason=problem.reason))
    return Opaque(span, problem.reason)


def _background(cursor: Cursor, command: Command, statement: Statement) -> Command:
    mark = statement.background
    return command if mark is None else Background(command.span.to(cursor.view.span(mark.start, mark.end)), command)


def _shape(text: str) -> Shape | None:
    """The tree that bashlex makes of a masked statement, or None when it does not take the whole of it."""
    try:
        root = _parsed(text)
    except Exception:  # noqa: BLE001 - bashlex raises four unrelated types, AssertionError and AttributeError among them
        return None
    return root if root is not None and root.pos == (len(text) - len(text.lstrip()), len(text.rstrip())) else None


# Masked statements are much alike, those of a Makefile's targets the same. Nobody changes a tree.
@lru_cache(maxsize=512)
def _parsed(text: str) -> Shape | None:
    root: Shape | None = _bashlex().parsesingle(text, expansionlimit=_NO_EXPANSION)
    return root


@cache
def _bashlex() -> Any:  # noqa: ANN401 - bashlex has no types
    """The parser of bashlex, loaded when a script needs it, with tables that were computed before.

    bashlex computes the tables of its grammar each time that it is loaded. The class that does so is replaced while
    it loads; a grammar that we have no tables for is computed as ever.
    """
    spec = find_spec("bashlex")
    if "bashlex" in sys.modules or spec is None or spec.loader is None:
        return import_module("bashlex.parser")
    package = module_from_spec(spec)
    sys.modules["bashlex"] = package
    yacc: Any = import_module("bashlex.yacc")
    compute = yacc.LRTable
    yacc.LRTable = lambda grammar, log=None: ready(grammar) or compute(grammar, log)
    try:
        spec.loader.exec_module(package)
    except BaseException:
        del sys.modules["bashlex"]  # half of it would be taken for the whole
        raise
    finally:
        yacc.LRTable = compute
    return import_module("bashlex.parser")
