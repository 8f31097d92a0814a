"""Python programs that call a script: the call becomes the new build command, and nothing else of the text changes."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from migrator.python import syntax
from migrator.python.parse import NotPythonError, parse
from migrator.python.walk import Bindings, bindings, nodes_in
from migrator.repository import python_paths, shell_calls
from migrator.repository.edits import Edit

if TYPE_CHECKING:
    from migrator.repository.mentions import Mention
    from migrator.source import Source, Span

_RUNNERS = frozenset(f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output", "Popen"))
_SHELL_RUNNERS = frozenset(
    ("os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "invoke.run", "fabric.api.local",
     "fabric.operations.local")
)  # fmt: skip
# Options of the calls above that say nothing about what runs, or where.
_NEUTRAL = frozenset(
    "check stdout stderr stdin capture_output text universal_newlines encoding errors timeout env bufsize input "
    "hide warn echo pty capture shell in_stream out_stream err_stream _out _err _fg _bg _env _cwd".split()
)
_PLUMBUM = ("plumbum.local", "plumbum.machines.local")


def is_prose(mention: Mention) -> bool:
    """Whether a mention in Python stands in a comment or in a text that nothing uses."""
    read = _read(mention.span.source)
    if read is None:
        return False
    around = [node for node in nodes_in(read[0].body) if _covers(node, mention.span)]
    if not any(isinstance(node, syntax.Constant | syntax.Template | syntax.Name | syntax.Unknown) for node in around):
        return not any(isinstance(node, syntax.Opaque) for node in around)
    return any(isinstance(node, syntax.Evaluate) and isinstance(node.value, syntax.Constant) for node in around)


def rewritten(mention: Mention, script: str, command: str) -> list[Edit] | None:
    """The edits that put the command in place of the call at a mention; None where that is not certain to be right.

    Certain it is when the call names the script by its path from the folder that it runs in, gives it no arguments,
    and nothing in the file changes the folder.
    """
    read = _read(mention.span.source)
    words = shell_calls.plain_words(command)
    if read is None or words is None:
        return None
    program, names = read
    if re.search(r"\bchdir\s*\(|\.cwd\s*\(\s*[^)\s]|\b(cd|prefix|lcd|pushd)\s*\(", program.source.text):
        return None
    around = [node for node in nodes_in(program.body) if _covers(node, mention.span)]
    work = _Work(program, names, mention, script, command, tuple(words))
    for node in reversed(around):  # from the innermost
        found = None
        if isinstance(node, syntax.Call):
            found = work.edits(node)
        elif isinstance(node, syntax.Operation) and node.operator == "&":
            found = work.bound(node.left)
        if found is not None:
            return found
    return None


@lru_cache(maxsize=64)
def _read(source: Source) -> tuple[syntax.Program, Bindings] | None:
    try:
        program = parse(source)
    except NotPythonError:
        return None
    return program, bindings(program)


def _covers(node: object, span: Span) -> bool:
    place = getattr(node, "span", None)
    return place is not None and place.start <= span.start and span.end <= place.end


@dataclass(frozen=True)
class _Work:
    program: syntax.Program
    names: Bindings
    mention: Mention
    script: str
    command: str
    words: tuple[str, ...]

    def edits(self, call: syntax.Call) -> list[Edit] | None:
        """The edits of one call around the mention, when it is one that runs programs."""
        name = self.names.dotted(call.function)
        if name in _RUNNERS:
            return self._subprocess(call)
        if name in _SHELL_RUNNERS or self._is_context(call.function):
            return self._text(call.arguments[0].value) if self._is_neutral(call, 1) else None
        if isinstance(call.function, syntax.Call) or (name or "").startswith("sh."):
            return self._sh(call)
        return self._plumbum(call)

    def _is_neutral(self, call: syntax.Call, positional: int) -> bool:
        """Whether a call has this many arguments by position, and by name none that changes what runs, or where."""
        given = call.arguments
        plain = [one for one in given if one.keyword is None]
        known = all(not one.star and (one.keyword is None or one.keyword in (*_NEUTRAL, "cwd")) for one in given)
        return len(plain) == positional and known and self._stays(call)

    def _folder(self, call: syntax.Call) -> syntax.Expression | None:
        return next((one.value for one in call.arguments if one.keyword in ("cwd", "_cwd")), None)

    def _stays(self, call: syntax.Call) -> bool:
        """Whether `cwd=` is not there, or is the repository's root."""
        folder = self._folder(call)
        return folder is None or self._place(folder) == "." or (
            isinstance(folder, syntax.Constant) and folder.value in (None, ".")
        )  # fmt: skip

    def _place(self, node: syntax.Expression) -> str | None:
        """The path from the root that an expression over `__file__` yields."""
        return python_paths.place(node, self.names, self.program.source.name)

    # --- subprocess -------------------------------------------------------------------------------------------------

    def _subprocess(self, call: syntax.Call) -> list[Edit] | None:
        if not self._is_neutral(call, 1):
            return None
        shell = next((one.value for one in call.arguments if one.keyword == "shell"), None)
        given = call.arguments[0].value
        if shell is not None and not (isinstance(shell, syntax.Constant) and isinstance(shell.value, bool)):
            return None
        if isinstance(shell, syntax.Constant) and shell.value:
            return self._text(given)
        if isinstance(given, syntax.Call) and self.names.dotted(given.function) == "shlex.split":
            plain = len(given.arguments) == 1 and shlex.split(self.command) == list(self.words)
            return self._text(given.arguments[0].value) if plain else None
        if isinstance(given, syntax.Listing) and given.kind in ("list", "tuple"):
            return self._listed(call, given)
        if self._is_script(call, [given]):
            quote = _quote(given.span)
            return [Edit(given.span.start, given.span.end, f"[{self._shown(quote)}]")]
        return None

    def _listed(self, call: syntax.Call, given: syntax.Listing) -> list[Edit] | None:
        items = [item for item in given.items if not isinstance(item, syntax.Starred)]
        if len(items) != len(given.items) or not items:
            return None
        first, last = items[0].span, items[-1].span
        text = self.program.source.text[first.start : last.end]
        if not self._is_script(call, items) or "#" in text:
            return None
        # Parentheses around an item are not part of its span, and would be cut through.
        if text.count("(") != text.count(")"):
            return None
        return [Edit(first.start, last.end, self._shown(_quote(self.mention.span.source.span(first.start, last.end))))]

    def _is_script(self, call: syntax.Call, items: list[syntax.Expression]) -> bool:
        texts = [item.value if isinstance(item, syntax.Constant) else None for item in items]
        words = [text if isinstance(text, str) else None for text in texts]
        if shell_calls.is_call(words, self.script):
            return True
        # By its whole path, the program must be told the folder as well.
        folder = self._folder(call)
        shells = len(items) == 1 or (len(items) == 2 and words[0] in shell_calls.SHELLS)
        known = folder is not None and self._place(folder) == "."
        return shells and known and self._place(items[-1]) == posixpath.normpath(self.script)

    def _shown(self, quote: str) -> str:
        return ", ".join(_literal(word, quote) for word in self.words)

    # --- strings of shell -------------------------------------------------------------------------------------------

    def _text(self, node: syntax.Expression) -> list[Edit] | None:
        """The edits in a string that a shell runs."""
        if not isinstance(node, syntax.Constant) or not isinstance(node.value, str):
            return None
        written = node.span.text
        found = re.fullmatch(r"(?s)[rRuU]?('''|\"\"\"|'|\")(.*)\1", written)
        if found is None or found[2] != node.value or set(self.command) & {found[1][0], "\\", "\n"}:
            return None
        base = node.span.start + found.start(2)
        inner = shell_calls.edits(node.value, self.script, self.command)
        return None if inner is None else [Edit(base + e.start, base + e.end, e.text) for e in inner]

    def _is_context(self, function: syntax.Expression) -> bool:
        """Whether a function is `c.run` of an Invoke task, or `c.local` of a Fabric one.

        What Fabric's `c.run` runs on another machine is not the repository's script.
        """
        if not isinstance(function, syntax.Attribute) or not isinstance(function.value, syntax.Name):
            return False
        modules = {dotted.partition(".")[0] for dotted in self.names.imports.values()}
        if function.name != ("local" if "fabric" in modules else "run") or not modules & {"fabric", "invoke"}:
            return False
        for node in nodes_in(self.program.body):
            if isinstance(node, syntax.Function) and _covers(node, self.mention.span) and node.parameters:
                marks = (one.function if isinstance(one, syntax.Call) else one for one in node.decorators)
                task = any(self.names.dotted(one) in ("invoke.task", "fabric.task") for one in marks)
                rebound = any(
                    isinstance(inner, syntax.Assign) and function.value.name in inner.span.text.partition("=")[0]
                    for inner in nodes_in(node.body)
                )
                if task and not rebound and node.parameters[0].name == function.value.name:
                    return True
        return False

    # --- sh and plumbum ---------------------------------------------------------------------------------------------

    def _sh(self, call: syntax.Call) -> list[Edit] | None:
        """`sh.bash("build.sh")` and `sh.Command("./build.sh")()`."""
        if self.words[0] != "docker":
            return None
        inner = call.function
        if isinstance(inner, syntax.Call):
            if self.names.dotted(inner.function) != "sh.Command" or not self._is_neutral(call, 0):
                return None
            given = [one.value for one in inner.arguments if one.keyword is None and not one.star]
            if len(given) != 1 or len(inner.arguments) != 1 or not self._is_script(call, given):
                return None
            quote = _quote(given[0].span)
            open_at = inner.span.end + self.program.source.text[inner.span.end :].index("(") + 1
            more = ", ".join(_literal(word, quote) for word in self.words[1:]) + (", " if call.arguments else "")
            return [
                Edit(given[0].span.start, given[0].span.end, _literal("docker", quote)),
                Edit(open_at, open_at, more),
            ]
        if not isinstance(inner, syntax.Attribute) or inner.name not in ("bash", "sh") or not self._is_neutral(call, 1):
            return None
        first = call.arguments[0]
        if first.keyword is not None or not isinstance(first.value, syntax.Constant):
            return None
        if first.value.value not in (self.script, f"./{self.script}"):
            return None
        quote = _quote(first.span)
        more = ", ".join(_literal(word, quote) for word in self.words[1:])
        return [
            Edit(inner.span.end - len(inner.name), inner.span.end, "docker"),
            Edit(first.span.start, first.span.end, more),
        ]

    def _plumbum(self, call: syntax.Call) -> list[Edit] | None:
        """`local["./build.sh"]()` and `local["bash"]("build.sh")`."""
        function = call.function
        if not isinstance(function, syntax.Subscript) or self.names.dotted(function.value) not in _PLUMBUM:
            return None
        given = [one.value for one in call.arguments]
        if any(one.keyword is not None or one.star for one in call.arguments):
            return None
        items = [function.index, *given]
        texts = [item.value if isinstance(item, syntax.Constant) else None for item in items]
        words = [text if isinstance(text, str) else None for text in texts]
        if not shell_calls.is_call(words, self.script):
            return None
        quote = _quote(function.index.span)
        rest = ", ".join(_literal(word, quote) for word in self.words[1:])
        if given:
            behind = Edit(given[0].span.start, given[0].span.end, rest)
        else:
            open_at = function.span.end + self.program.source.text[function.span.end :].index("(") + 1
            behind = Edit(open_at, open_at, rest)
        return [Edit(function.index.span.start, function.index.span.end, _literal(self.words[0], quote)), behind]

    def bound(self, node: syntax.Expression) -> list[Edit] | None:
        """`local["./build.sh"] & FG` and `local["bash"]["build.sh"] & FG`."""
        if not isinstance(node, syntax.Subscript):
            return None
        inner = node.value if isinstance(node.value, syntax.Subscript) else node
        if self.names.dotted(inner.value) not in _PLUMBUM:
            return None
        items = [inner.index] if inner is node else [inner.index, node.index]
        words = [
            one.value if isinstance(one, syntax.Constant) and isinstance(one.value, str) else None for one in items
        ]
        if not shell_calls.is_call(words, self.script):
            return None
        quote = _quote(inner.index.span)
        rest = ", ".join(_literal(word, quote) for word in self.words[1:])
        first = Edit(inner.index.span.start, inner.index.span.end, _literal(self.words[0], quote))
        if inner is node:
            return [first, Edit(node.span.end, node.span.end, f"[{rest}]")]
        return [first, Edit(node.index.span.start, node.index.span.end, rest)]


def _quote(span: Span) -> str:
    """The quotation mark that a text of the file uses first."""
    found = re.search(r"['\"]", span.text)
    return found[0] if found is not None else '"'


def _literal(word: str, quote: str) -> str:
    shown = word.replace("\\", "\\\\").replace(quote, f"\\{quote}").replace("\n", "\\n")
    return f"{quote}{shown}{quote}"


__all__ = ["is_prose", "rewritten"]
