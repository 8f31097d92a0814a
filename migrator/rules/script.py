"""MG1xx: what the script does that stops us, or that the reader should know."""

from __future__ import annotations

from migrator.diagnostics import Rule, Severity

__all__ = ["Rule", "Severity"]
