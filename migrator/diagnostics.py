"""Findings about the user's files: values that are collected, never raised."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migrator.source import Span


class Severity(StrEnum):
    """How much a finding matters: an error stops the conversion, a warning may change what people rely on."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True)
class Rule:
    """One kind of finding: its stable code, a name for the page's address, its severity and its wording.

    `message` and `advice` are `str.format` templates; the catalogue in `migrator.rules` holds every rule.
    """

    code: str
    name: str
    severity: Severity
    message: str
    advice: str

    def at(self, span: Span | None, **values: object) -> Diagnostic:
        """A finding of this kind at `span`, its wording filled with `values`."""
        return Diagnostic(self, span, self.message.format(**values), self.advice.format(**values))


@dataclass(frozen=True)
class Diagnostic:
    """One finding: what was found, where, and what to do about it."""

    rule: Rule
    span: Span | None
    message: str
    advice: str

    @property
    def code(self) -> str:
        """The rule's code, such as `MG104`."""
        return self.rule.code

    @property
    def severity(self) -> Severity:
        """The rule's severity."""
        return self.rule.severity
