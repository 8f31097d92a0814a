"""Python text to our tree; the one importer of LibCST. Spans are those of the text as it is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst
from libcst.metadata import ByteSpanPositionProvider, CodeSpan, MetadataWrapper

from migrator.python import syntax

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from migrator.source import Source, Span

_OPERATORS: dict[type[cst.CSTNode], str] = {
    cst.Add: "+", cst.Subtract: "-", cst.Multiply: "*", cst.Divide: "/", cst.FloorDivide: "//", cst.Modulo: "%",
    cst.BitOr: "|", cst.AddAssign: "+", cst.SubtractAssign: "-", cst.BitOrAssign: "|", cst.DivideAssign: "/",
    cst.And: "and", cst.Or: "or", cst.Equal: "==", cst.NotEqual: "!=", cst.Is: "is", cst.IsNot: "is not",
    cst.In: "in", cst.NotIn: "not in", cst.LessThan: "<", cst.GreaterThan: ">", cst.LessThanEqual: "<=",
    cst.GreaterThanEqual: ">=", cst.BitAnd: "&", cst.LeftShift: "<<", cst.RightShift: ">>",
}  # fmt: skip


class NotPythonError(Exception):
    """The text is no Python that LibCST reads; says why, and at which line."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.reason, self.line = reason, line


def parse(source: Source) -> syntax.Program:
    """The tree of a file; raises NotPythonError."""
    try:
        module = cst.parse_module(source.text)
    except cst.ParserSyntaxError as error:
        raise NotPythonError("it has a syntax error", error.raw_line) from None
    except (RecursionError, UnicodeError, ValueError) as error:
        raise NotPythonError(str(error) or "it is nested too deeply", 1) from None
    try:
        wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
        places = wrapper.resolve(ByteSpanPositionProvider)
        return _Reader(source, places).program(wrapper.module)
    except RecursionError:
        raise NotPythonError("it is nested too deeply", 1) from None


class _Reader:
    """Turns LibCST's nodes into ours."""

    def __init__(self, source: Source, places: Mapping[cst.CSTNode, CodeSpan]) -> None:
        self.source, self.places = source, places
        data = source.text.encode("utf-8", "surrogatepass")
        self.offsets: list[int] | None = None
        if len(data) != len(source.text):
            self.offsets = []
            for index, character in enumerate(source.text):
                self.offsets += [index] * len(character.encode("utf-8", "surrogatepass"))
            self.offsets.append(len(source.text))

    def span(self, node: cst.CSTNode) -> Span:
        place = self.places[node]
        start, end = place.start, place.start + place.length
        if self.offsets is not None:
            start, end = self.offsets[start], self.offsets[end]
        return self.source.span(start, end)

    def program(self, module: cst.Module) -> syntax.Program:
        return syntax.Program(self.source, self.body(module.body))

    # --- statements ---------------------------------------------------------------------------------------------

    def body(self, lines: Sequence[cst.CSTNode]) -> tuple[syntax.Statement, ...]:
        found: list[syntax.Statement] = []
        for line in lines:
            if isinstance(line, cst.SimpleStatementLine | cst.SimpleStatementSuite):
                found += [self.small(item) for item in line.body]
            elif isinstance(line, cst.IndentedBlock):
                found += self.body(line.body)
            else:
                found.append(self.compound(line))
        return tuple(found)

    def block(self, suite: cst.BaseSuite | cst.Else | cst.Finally | None) -> tuple[syntax.Statement, ...]:
        if suite is None:
            return ()
        if isinstance(suite, cst.Else | cst.Finally):
            return self.block(suite.body)
        return self.body([suite])

    def compound(self, node: cst.CSTNode) -> syntax.Statement:
        span = self.span(node)
        match node:
            case cst.If():
                otherwise = (
                    (self.compound(node.orelse),) if isinstance(node.orelse, cst.If) else self.block(node.orelse)
                )
                return syntax.If(span, self.value(node.test), self.block(node.body), otherwise)
            case cst.For(asynchronous=None):
                return syntax.For(
                    span, self.value(node.target), self.value(node.iter), self.block(node.body),
                    self.block(node.orelse),
                )  # fmt: skip
            case cst.While():
                return syntax.While(span, self.value(node.test), self.block(node.body), self.block(node.orelse))
            case cst.With(asynchronous=None):
                items = tuple(
                    (self.value(item.item), self.value(item.asname.name) if item.asname is not None else None)
                    for item in node.items
                )
                return syntax.With(span, items, self.block(node.body))
            case cst.Try():
                handlers = tuple(self.handler(one) for one in node.handlers)
                return syntax.Try(
                    span, self.block(node.body), handlers, self.block(node.orelse), self.block(node.finalbody)
                )
            case cst.FunctionDef():
                return self.function(node, span)
            case cst.ClassDef():
                return self.klass(node, span)
            case _:
                return syntax.Opaque(span, type(node).__name__)

    def handler(self, node: cst.ExceptHandler) -> syntax.Handler:
        name = node.name.name if node.name is not None else None
        return syntax.Handler(
            self.span(node),
            self.value(node.type) if node.type is not None else None,
            name.value if isinstance(name, cst.Name) else None,
            self.block(node.body),
        )

    def function(self, node: cst.FunctionDef, span: Span) -> syntax.Function:
        plain = node.asynchronous is None and not _yields(node)
        decorators = tuple(self.value(one.decorator) for one in node.decorators)
        return syntax.Function(
            span, node.name.value, self.parameters(node.params), self.block(node.body), plain, decorators
        )

    def klass(self, node: cst.ClassDef, span: Span) -> syntax.Class:
        bases = tuple(self.value(one.value) for one in node.bases)
        plain = not node.keywords and not any(one.star for one in node.bases)
        decorators = tuple(self.value(one.decorator) for one in node.decorators)
        return syntax.Class(span, node.name.value, bases, self.block(node.body), plain, decorators)

    def parameters(self, given: cst.Parameters) -> tuple[syntax.Parameter, ...]:
        found = [self.parameter(one, only="/") for one in given.posonly_params]
        found += [self.parameter(one) for one in given.params]
        if isinstance(given.star_arg, cst.Param):
            found.append(self.parameter(given.star_arg, star="*"))
        found += [self.parameter(one, only="*") for one in given.kwonly_params]
        if given.star_kwarg is not None:
            found.append(self.parameter(given.star_kwarg, star="**"))
        return tuple(found)

    def parameter(self, node: cst.Param, *, star: str = "", only: str = "") -> syntax.Parameter:
        default = self.value(node.default) if node.default is not None else None
        return syntax.Parameter(node.name.value, default, star, only)

    def small(self, node: cst.CSTNode) -> syntax.Statement:
        span = self.span(node)
        match node:
            case cst.Expr():
                return syntax.Evaluate(span, self.value(node.value))
            case cst.Assign():
                return syntax.Assign(
                    span, tuple(self.value(one.target) for one in node.targets), self.value(node.value)
                )
            case cst.AnnAssign():
                kind = self.span(node.annotation.annotation).text
                if node.value is None:
                    return syntax.Declaration(span, self.value(node.target), kind)
                return syntax.Assign(span, (self.value(node.target),), self.value(node.value), annotation=kind)
            case cst.AugAssign():
                operator = _OPERATORS.get(type(node.operator), "?")
                return syntax.Assign(span, (self.value(node.target),), self.value(node.value), operator)
            case cst.Return():
                return syntax.Return(span, self.value(node.value) if node.value is not None else None)
            case cst.Raise():
                return syntax.Raise(span, self.value(node.exc) if node.exc is not None else None)
            case cst.Import() | cst.ImportFrom():
                return self.imported(node, span)
            case cst.Pass():
                return syntax.Plain(span, "pass")
            case cst.Break():
                return syntax.Plain(span, "break")
            case cst.Continue():
                return syntax.Plain(span, "continue")
            case cst.Global() | cst.Nonlocal():
                return syntax.Outer(span, type(node).__name__.lower(), tuple(one.name.value for one in node.names))
            case cst.Assert():
                return syntax.Assert(span, self.value(node.test))
            case _:
                return syntax.Opaque(span, type(node).__name__)

    def imported(self, node: cst.Import | cst.ImportFrom, span: Span) -> syntax.Statement:
        if isinstance(node, cst.Import):
            return syntax.Import(span, tuple((_dotted(one.name), None, _alias(one)) for one in node.names))
        module = "." * len(node.relative) + (_dotted(node.module) if node.module is not None else "")
        if isinstance(node.names, cst.ImportStar):
            return syntax.Import(span, ((module, "*", None),))
        return syntax.Import(span, tuple((module, _dotted(one.name), _alias(one)) for one in node.names))

    # --- expressions --------------------------------------------------------------------------------------------

    def value(self, node: cst.CSTNode) -> syntax.Expression:
        span = self.span(node)
        match node:
            case cst.Name(value="True" | "False" | "None"):
                return syntax.Constant(span, {"True": True, "False": False, "None": None}[node.value])
            case cst.Name():
                return syntax.Name(span, node.value)
            case cst.SimpleString():
                return syntax.Constant(span, node.evaluated_value)
            case cst.Integer():
                return syntax.Constant(span, node.evaluated_value)
            case cst.Float():
                return syntax.Constant(span, node.evaluated_value)
            case cst.FormattedString() | cst.ConcatenatedString():
                return self.text(node, span)
            case cst.Attribute():
                return syntax.Attribute(span, self.value(node.value), node.attr.value)
            case cst.Call():
                return syntax.Call(span, self.value(node.func), tuple(self.argument(one) for one in node.args))
            case cst.List() | cst.Tuple() | cst.Set():
                items = tuple(self.item(one) for one in node.elements)
                return syntax.Listing(span, type(node).__name__.lower(), items)
            case cst.Dict():
                return self.mapping(node, span)
            case _:
                return self.operation(node, span)

    def operation(self, node: cst.CSTNode, span: Span) -> syntax.Expression:
        match node:
            case cst.BinaryOperation():
                operator = _OPERATORS.get(type(node.operator), "?")
                return syntax.Operation(span, operator, self.value(node.left), self.value(node.right))
            case cst.UnaryOperation(operator=cst.Not()):
                return syntax.Negation(span, self.value(node.expression))
            case cst.UnaryOperation(operator=cst.Minus(), expression=cst.Integer() as number):
                return syntax.Constant(span, -number.evaluated_value)
            case cst.BooleanOperation():
                operator = _OPERATORS[type(node.operator)]
                return syntax.Junction(span, self.value(node.left), operator, self.value(node.right))
            case cst.Comparison(comparisons=[one]):
                operator = _OPERATORS[type(one.operator)]
                return syntax.Comparison(span, self.value(node.left), operator, self.value(one.comparator))
            case cst.IfExp():
                return syntax.Choice(span, self.value(node.test), self.value(node.body), self.value(node.orelse))
            case cst.Subscript(slice=[cst.SubscriptElement(slice=inner)]):
                return syntax.Subscript(span, self.value(node.value), self.index(inner))
            case cst.Subscript():
                several = tuple(self.index(one.slice) for one in node.slice)
                return syntax.Subscript(span, self.value(node.value), syntax.Listing(span, "tuple", several))
            case cst.ListComp() | cst.GeneratorExp():
                return self.comprehension(self.value(node.elt), node.for_in, span)
            case cst.SetComp():
                return self.comprehension(self.value(node.elt), node.for_in, span, "set")
            case cst.DictComp():
                pair = syntax.Listing(span, "tuple", (self.value(node.key), self.value(node.value)))
                return self.comprehension(pair, node.for_in, span, "dict")
            case cst.Lambda():
                returned = syntax.Return(span, self.value(node.body))
                return syntax.Lambda(
                    span, syntax.Function(span, "<lambda>", self.parameters(node.params), (returned,), plain=True)
                )
            case _:
                return syntax.Unknown(span, type(node).__name__)

    def index(self, node: cst.BaseSlice) -> syntax.Expression:
        if isinstance(node, cst.Index):
            starred = node.star is not None
            return syntax.Unknown(self.span(node), "a starred index") if starred else self.value(node.value)
        if not isinstance(node, cst.Slice) or node.step is not None:
            return syntax.Unknown(self.span(node), "a slice with a step")
        ends = [self.value(one) if one is not None else None for one in (node.lower, node.upper)]
        return syntax.Slice(self.span(node), ends[0], ends[1])

    def comprehension(
        self, element: syntax.Expression, loop: cst.CompFor, span: Span, kind: str = "list"
    ) -> syntax.Expression:
        if loop.asynchronous is not None:
            return syntax.Unknown(span, "an asynchronous loop")
        inner = loop.inner_for_in
        if inner is not None:
            element = self.comprehension(element, inner, span, kind)
            if isinstance(element, syntax.Unknown):
                return element
        conditions = tuple(self.value(one.test) for one in loop.ifs)
        target, iterable = self.value(loop.target), self.value(loop.iter)
        return syntax.Comprehension(span, element, target, iterable, conditions, kind, inner is not None)

    def mapping(self, node: cst.Dict, span: Span) -> syntax.Expression:
        items: list[tuple[syntax.Expression | None, syntax.Expression]] = []
        for one in node.elements:
            key = self.value(one.key) if isinstance(one, cst.DictElement) else None
            items.append((key, self.value(one.value)))
        return syntax.Mapping(span, tuple(items))

    def argument(self, node: cst.Arg) -> syntax.Argument:
        keyword = node.keyword.value if node.keyword is not None else None
        return syntax.Argument(self.span(node), self.value(node.value), keyword, node.star)

    def item(self, node: cst.BaseElement) -> syntax.Expression | syntax.Starred:
        if isinstance(node, cst.StarredElement):
            return syntax.Starred(self.span(node), self.value(node.value))
        return self.value(node.value)

    def text(self, node: cst.FormattedString | cst.ConcatenatedString, span: Span) -> syntax.Expression:
        """Adjacent texts as one; an f-string as a template."""
        if isinstance(node, cst.ConcatenatedString):
            left, right = self.value(node.left), self.value(node.right)
            parts = (*_parts(left), *_parts(right))
            if isinstance(left, syntax.Constant) and isinstance(right, syntax.Constant):
                return syntax.Constant(span, left.value + right.value)  # type: ignore[operator]
            known = all(isinstance(one, syntax.Constant | syntax.Template) for one in (left, right))
            return syntax.Template(span, parts) if known else syntax.Unknown(span, "a format in an f-string")
        found: list[str | syntax.Expression] = []
        raw = "r" in node.prefix
        for part in node.parts:
            if isinstance(part, cst.FormattedStringText):
                text = part.value.replace("{{", "{").replace("}}", "}")
                if not raw and "\\" in text:
                    inner = re.sub(r'(?s)(\\.)|"', lambda one: one[1] or '\\"', text)
                    text = str(cst.SimpleString(f'"""{inner}"""').evaluated_value)
                found.append(text)
            elif (
                isinstance(part, cst.FormattedStringExpression)
                and part.conversion in (None, "s")
                and part.format_spec is None
                and part.equal is None
            ):
                found.append(self.value(part.expression))
            else:
                return syntax.Unknown(span, "a format in an f-string")
        return syntax.Template(span, tuple(found))


def _parts(node: syntax.Expression) -> tuple[str | syntax.Expression, ...]:
    if isinstance(node, syntax.Template):
        return node.parts
    return (node.value,) if isinstance(node, syntax.Constant) and isinstance(node.value, str) else (node,)


def _dotted(node: cst.CSTNode) -> str:
    if isinstance(node, cst.Attribute):
        return f"{_dotted(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, cst.Name) else "?"


def _alias(node: cst.ImportAlias) -> str | None:
    return node.evaluated_alias


def _yields(node: cst.FunctionDef) -> bool:
    """Whether a function is a generator; a `yield` in a text makes it one too, which costs nothing but knowledge."""
    return re.search(r"\byield\b", cst.Module(body=[node]).code) is not None


__all__ = ["NotPythonError", "parse"]
