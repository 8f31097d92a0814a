"""MG3xx: what the plan assumes, drops or cannot carry."""

from __future__ import annotations

from migrator.diagnostics import Rule, Severity

__all__ = ["Rule", "Severity"]
