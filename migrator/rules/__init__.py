"""The catalogue of diagnostics: every code with its severity and wording, one module per family."""

from __future__ import annotations

from migrator.diagnostics import Rule
from migrator.rules import (
    advice,
    dockerfiles,
    formats,
    inputs,
    legacy,
    organisation,
    plan,
    python,
    repository,
    script,
    split,
    verification,
)

CATALOGUE: dict[str, Rule] = {
    rule.code: rule
    for module in (
        script,
        python,
        dockerfiles,
        formats,
        inputs,
        legacy,
        plan,
        verification,
        formats,
        repository,
        organisation,
        inputs,
        split,
        advice,
    )
    for rule in vars(module).values()
    if isinstance(rule, Rule)
}
