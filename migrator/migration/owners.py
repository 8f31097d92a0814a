"""Owners that a tar stream carries, which not every builder keeps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.rules import plan as rules
from migrator.trace.images import Built, Extended, RunStep
from migrator.trace.origins import images_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrator.diagnostics import Diagnostic
    from migrator.migration.graph import Unit
    from migrator.trace.images import Image

_OTHERS = re.compile(r"\b(chown|chgrp|useradd|adduser)\b|^\s*USER\s", re.MULTILINE | re.IGNORECASE)


def stream_owners(units: Sequence[Unit]) -> Iterator[Diagnostic]:
    """A finding for every build whose context is a tar stream with files that may not be root's.

    Measured with Docker 26.1: `tar c … | docker build -` leaves the owners as they are in the stream on BuildKit,
    and makes every file root's on the classic builder.
    """
    for unit in units:
        context = unit.built.context
        if context.owners and any(_may_have_others(image) for image in images_in(context.tree)):
            yield rules.STREAM_OWNERS.at(unit.built.span)


def _may_have_others(image: Image) -> bool:
    if isinstance(image, Built):
        return _OTHERS.search(image.recipe.text) is not None
    if isinstance(image, Extended):
        users = [step.user for step in image.steps if isinstance(step, RunStep)]
        return any(user not in (None, "", "root", "0") for user in users) or _may_have_others(image.base)
    return False
