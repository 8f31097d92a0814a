"""MG2xx: findings in the Dockerfiles and ignore files."""

from __future__ import annotations

from migrator.diagnostics import Rule, Severity

__all__ = ["Rule", "Severity"]
