"""MG3xx: what the plan assumes, drops or cannot carry."""

from __future__ import annotations

from migrator.diagnostics import Rule, Severity

__all__ = ["Rule", "Severity"]
CACHE_DROPPED = Rule(
    "MG301",
    "cache-dropped",
    Severity.INFO,
    "the cache mounted at {target} is left out: a build begins without it",
    "With BuildKit, RUN --mount=type=cache,target={target} brings it back.",
)
