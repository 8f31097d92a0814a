"""`question || something else`: what is printed where the question may have no answer.

`git describe --tags || echo dev` in a command substitution prints one of two texts. Where both can be written as
shell text, the value is the whole of it, so that it stays right in a checkout without tags as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.trace.render import renderable, word
from migrator.trace.state import SUCCESS, Channels
from migrator.trace.symbols import Symbol, SymbolKind, is_known, is_symbol

if TYPE_CHECKING:
    from migrator.interpret.execute import Interpreter
    from migrator.shell.syntax import AndOr
    from migrator.trace.state import Status
    from migrator.trace.streams import Stream

_QUIET = " >/dev/null 2>&1"


def fallback(shell: Interpreter, left: Status, command: AndOr, channels: Channels, said: int) -> Status:
    """Runs the right side of `left || right` for the case that `left` fails; `said` outputs are older than `left`'s."""
    first, second = Channels(out=channels.out[said:]), Channels(channels.stdin)
    went_on: list[bool] = []

    def right() -> Status:
        status = shell.execute(command.right, second)
        went_on.append(True)
        return status

    choices = len(shell.forks.made)
    status = shell.forks.choose(shell, left.negated(), command.span, right, lambda: SUCCESS)
    if len(shell.forks.made) > choices:
        printed = (second if shell.forks.made[-1].taken else first).out
    elif went_on:
        printed = _either(shell, left, first, second)
    else:
        printed = first.out
    channels.out[said:] = printed
    return status


def _either(shell: Interpreter, left: Status, first: Channels, second: Channels) -> list[Stream]:
    """What is printed when the question has an answer, and else what the other side prints."""
    if first.collected() == second.collected():
        return first.out
    texts = [shell.stream_text(channels.collected()) for channels in (first, second)]
    answer, other = (None if text is None else text.rstrip("\n") for text in texts)
    found = Channels()
    shown = None if answer is None or other is None else _shown(shell, left, answer, other)
    if shown is None:
        found.say(shell.symbols.unknown(left.because))
        return found.out
    name, text = shown
    filled = bool(other) and (is_known(other or "") or all(not s.empty for s in shell.symbols.within(other or "")))
    symbol = Symbol(SymbolKind.OUTPUT, name, text, left.because, None, empty=not filled)
    found.say(shell.symbols.character(symbol) + "\n")
    return found.out


def _shown(shell: Interpreter, left: Status, answer: str, other: str) -> tuple[str, str] | None:
    """A name for the value and the bash text that prints it."""
    if left.shell is None or not renderable(other, shell.symbols):
        return None
    instead = f"echo {word(other, shell.symbols)}" if other else "true"
    question = left.shell.removesuffix(_QUIET)
    if not answer:
        return "VALUE", f"$({left.shell} || {instead})"
    if len(answer) == 1 and is_symbol(answer) and shell.symbols[answer].shell == f"$({question})":
        return shell.symbols[answer].name, f"$({question} 2>/dev/null || {instead})"
    return None
