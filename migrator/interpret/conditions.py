"""`test`, `[` and `[[` on values and on the symbolic workspace (Bash Reference Manual 6.4)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.commands.arithmetic import evaluate
from migrator.commands.base import absolute, file_text
from migrator.commands.matching import is_pattern, matches
from migrator.commands.patterns import quote_pattern, unquote_pattern
from migrator.commands.regular import affordable
from migrator.shell.syntax import TestBinary, TestJunction, TestNot, TestUnary
from migrator.trace.render import inside_quotes, renderable
from migrator.trace.state import Status
from migrator.trace.symbols import SymbolKind, is_known, is_symbol
from migrator.trace.workspace import Ambiguous, Carried, Link, Mystery, RepoFile, Written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrator.interpret.execute import Interpreter
    from migrator.shell.syntax import TestExpression
    from migrator.source import Span

_NUMERIC = {"-eq": "==", "-ne": "!=", "-lt": "<", "-le": "<=", "-gt": ">", "-ge": ">="}
_BINARY = ("=", "==", "!=", "<", ">", "-nt", "-ot", "-ef", *_NUMERIC)


class Conditions:
    """Decides tests; what cannot be known is a status without code, with the test as bash text if possible."""

    def __init__(self, shell: Interpreter) -> None:
        self.shell = shell

    # --- [[ ]] --------------------------------------------------------------------------------------------

    def expression(self, node: TestExpression, span: Span) -> Status:
        """The status of `[[ … ]]`."""
        match node:
            case TestNot():
                return _negate(self.expression(node.test, span))
            case TestJunction():
                left = self.expression(node.left, span)
                wanted = 0 if node.operator == "&&" else 1
                if left.code is not None:
                    return left if left.code != wanted else self.expression(node.right, span)
                right = self.expression(node.right, span)
                if right.code is not None and right.code != wanted:
                    return right
                return _joined(left, node.operator, right, span)
            case TestUnary():
                return self.unary(node.operator, self.shell.words.text(node.operand), span)
            case TestBinary():
                return self._double_bracket(node, span)

    def _double_bracket(self, node: TestBinary, span: Span) -> Status:
        left = self.shell.words.text(node.left)
        if node.operator in ("=", "==", "!="):
            pattern = self.shell.words.pattern(node.right)
            if not is_pattern(pattern):
                return self.binary(left, node.operator, unquote_pattern(pattern), span)
            verdict = matches(left, pattern)
            shown = self._shown(left)
            text = f"[[ {shown} {node.operator} {pattern} ]]" if shown and is_known(pattern) else None
            return self._status(verdict, span, text, negate=node.operator == "!=")
        if node.operator == "=~":
            return self._regex(left, self.shell.words.regex(node.right), span)
        return self.binary(left, node.operator, self.shell.words.text(node.right), span)

    def _regex(self, left: str, expression: str, span: Span) -> Status:
        if not (is_known(left) and is_known(expression)):
            shown = self._shown(left)
            plain = is_known(expression) and not re.search(r"\s", expression)
            self._not_followed(span)
            return Status(None, f"[[ {shown} =~ {expression} ]]" if shown and plain else None, span)
        expression = re.sub(r"\[\[:(\w+):\]\]", _class, expression)
        if not affordable(expression, [left]):
            return self._not_followed(span)
        try:
            found = re.search(expression, left)
        except re.error:
            return self._not_followed(span)
        groups = [found[0], *(group or "" for group in found.groups())] if found else []
        self.shell.state.arrays["BASH_REMATCH"] = {str(i): group for i, group in enumerate(groups)}
        return Status(int(found is None))

    def _not_followed(self, span: Span) -> Status:
        self.shell.state.arrays.pop("BASH_REMATCH", None)
        self.shell.assign("BASH_REMATCH", self.shell.symbols.unknown(span, "BASH_REMATCH"))
        return Status(None, None, span)

    # --- test and [ ---------------------------------------------------------------------------------------

    def words(self, words: Sequence[str], span: Span) -> Status:
        """The status of `test` and `[`, whose words are expanded already."""
        return self._or(list(words), span)

    def _or(self, words: list[str], span: Span) -> Status:
        for operator, junction in (("-o", "||"), ("-a", "&&")):
            if operator in words[1:-1] and len(words) > 3:
                cut = words.index(operator, 1)
                left, right = self._or(words[:cut], span), self._or(words[cut + 1 :], span)
                wanted = 1 if operator == "-o" else 0
                if left.code is not None:
                    return left if left.code != wanted else right
                if right.code is not None and right.code != wanted:
                    return right
                return _joined(left, junction, right, span)
        return self._simple(words, span)

    def _simple(self, words: list[str], span: Span) -> Status:
        match words:
            case []:
                return Status(1)
            case [one]:
                return self.unary("-n", one, span)
            case [left, operator, right] if operator in _BINARY:
                return self.binary(left, operator, right, span)
            case ["!", *rest]:
                return _negate(self._or(rest, span))
            case ["(", *inside, ")"]:
                return self._or(inside, span)
            case [operator, operand] if re.fullmatch(r"-[a-zA-Z]", operator):
                return self.unary(operator, operand, span)
        if any(self._is_words(word) for word in words):
            return Status(None, None, span)
        return Status(2)

    def _is_words(self, word: str) -> bool:
        return any(symbol.kind is SymbolKind.WORDS for symbol in self.shell.symbols.within(word))

    # --- one test -----------------------------------------------------------------------------------------

    def unary(self, operator: str, operand: str, span: Span) -> Status:
        """`-n text`, `-f path` and so on."""
        if operator in ("-n", "-z"):
            empty = self._empty(operand)
            shown = self._shown(operand)
            return self._status(empty, span, f"[ {operator} {shown} ]" if shown else None, negate=operator == "-n")
        if operator == "-v":
            state = self.shell.state
            is_set = operand in state.variables or operand in state.arrays
            verdict = True if is_set else False if state.is_unset(operand) else None
            return self._status(verdict, span, f"[[ -v {operand} ]]")
        if operator == "-t":
            return Status(1)
        if operator == "-o":
            return Status(int(operand not in self.shell.state.options))
        return self._file(operator, operand, span)

    def _empty(self, text: str) -> bool | None:
        if not text:
            return True
        found = list(self.shell.symbols.within(text))
        if len(found) < len(text) or any(not symbol.empty for symbol in found):
            return False
        return None

    def _file(self, operator: str, operand: str, span: Span) -> Status:
        workspace = self.shell.state.workspace
        path = absolute(self.shell.state.cwd, operand)
        if not path.startswith(self.shell.root) and workspace.exists(path) is not True:
            if path in ("/", "/tmp", "/dev", "/var", "/usr", "/home", "/etc"):
                return Status(0 if operator in ("-d", "-e", "-r", "-x", "-w") else 1)
            return Status(None, None, span)
        if operator in ("-L", "-h"):
            return self._link(path, span)
        there = workspace.exists(path)
        kinds = {symbol.kind for symbol in self.shell.symbols.within(path)}
        if there is None or kinds & {SymbolKind.UNKNOWN, SymbolKind.GLOB}:
            return Status(None, None, span)
        if not there and kinds & {SymbolKind.PARAMETER, SymbolKind.OUTPUT}:
            return Status(None, None, span)  # a file of the checkout may have the name that it stands for
        if not there:
            return Status(1)
        folder = workspace.is_folder(path)
        node = workspace.find(path)
        match operator:
            case "-e" | "-r" | "-w":
                return Status(0)
            case "-d":
                return self._status(folder, span, None)
            case "-f":
                return self._status(None if folder is None else not folder, span, None)
            case "-x":
                return (
                    Status(0) if folder or (isinstance(node, RepoFile) and node.executable) else _executable(node, span)
                )
            case "-s":
                text = file_text(self.shell, path)
                return Status(int(not text)) if text is not None else Status(0 if folder else None, None, span)
            case _:
                return Status(None, None, span)

    def _link(self, path: str, span: Span) -> Status:
        """`-L path`; what came out of an image may be a link."""
        node = self.shell.state.workspace.find(path)
        if isinstance(node, Carried | Mystery | Ambiguous):
            return Status(None, None, span)
        return Status(int(not isinstance(node, Link)))

    def binary(self, left: str, operator: str, right: str, span: Span) -> Status:
        """`left = right`, `left -eq right` and so on."""
        if operator in _NUMERIC:
            value = evaluate(self.shell, f"({left or 0}) {_NUMERIC[operator]} ({right or 0})", span)
            text = self._both(left, operator, right)
            return Status(int(value == "0")) if is_known(value) else Status(None, text, span)
        if operator in ("<", ">") and is_known(left + right):
            return Status(int(not (left < right if operator == "<" else left > right)))
        if operator in ("=", "==", "!="):
            return self._status(self._equal(left, right), span, self._both(left, operator.replace("==", "="), right),
                                negate=operator == "!=")  # fmt: skip
        return Status(None, None, span)

    def _equal(self, left: str, right: str) -> bool | None:
        if left == right and not self._volatile(left):
            return True
        if is_known(left) and is_known(right):
            return False
        if is_known(right):
            if not right:
                return self._empty(left)
            return matches(left, quote_pattern(right))
        if is_known(left):
            return self._equal(right, left)
        return None

    def _volatile(self, text: str) -> bool:
        return any(symbol.kind in (SymbolKind.UNKNOWN, SymbolKind.WORDS) for symbol in self.shell.symbols.within(text))

    # --- what an open test says ---------------------------------------------------------------------------

    def _shown(self, text: str) -> str | None:
        symbols = self.shell.symbols
        if not renderable(text, symbols) or any(s.kind is SymbolKind.WORDS for s in symbols.within(text)):
            return None
        if any(s.kind in (SymbolKind.CONTAINER, SymbolKind.IMAGE) for s in symbols.within(text)):
            return None
        return f'"{inside_quotes(text, symbols)}"'

    def _both(self, left: str, operator: str, right: str) -> str | None:
        shown = self._shown(left), self._shown(right)
        return f"[ {shown[0]} {operator} {shown[1]} ]" if shown[0] and shown[1] else None

    @staticmethod
    def _status(verdict: bool | None, span: Span, text: str | None, *, negate: bool = False) -> Status:  # noqa: FBT001
        if verdict is None:
            return Status(None, text, span)
        return Status(int(verdict == negate))


def _executable(node: object, span: Span) -> Status:
    if isinstance(node, RepoFile):
        return Status(1)
    if isinstance(node, Written):
        return Status(int(not node.mode & 0o111))
    return Status(None, None, span)


def _negate(status: Status) -> Status:
    if status.code is not None:
        return Status(int(status.code == 0))
    return Status(None, f"! {status.shell}" if status.shell else None, status.because)


def _joined(left: Status, operator: str, right: Status, span: Span) -> Status:
    if right.code is not None:  # the left side decides
        return left
    text = f"{{ {left.shell} {operator} {right.shell}; }}" if left.shell and right.shell else None
    return Status(None, text, span)


def _class(found: re.Match[str]) -> str:
    return {"digit": "[0-9]", "alpha": "[a-zA-Z]", "alnum": "[a-zA-Z0-9]", "space": r"\s", "upper": "[A-Z]",
            "lower": "[a-z]"}.get(found[1], found[0])  # fmt: skip


__all__ = ["Conditions", "is_symbol"]
