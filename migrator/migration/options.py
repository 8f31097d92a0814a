"""What becomes of every option of the old builds in the one new command: carried, merged, dropped with a reason.

Two builds become one, and an option that changes what a RUN sees holds for all of it. Where two builds gave such an
option different values there is no command that does both, and the conversion is declined.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.dockercli.options import BUILD
from migrator.rules import legacy
from migrator.rules import plan as rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrator.diagnostics import Diagnostic
    from migrator.migration.graph import Unit

# One value for a build, which a RUN can see: the builds have to agree.
_AGREED = frozenset({"network", "shm-size", "cgroup-parent", "memory", "memory-swap", "cpuset-cpus", "cpuset-mems"})
# Several values, each with a name of its own (`host:address`, `id=…`, `name=value`): the names have to agree.
_NAMED = frozenset({"add-host", "ulimit", "secret", "ssh", "build-context"})
# Either value does: they change speed, output, or which layers are made anew. The last build's counts.
_SHARED = frozenset(
    {"no-cache", "pull", "progress", "allow", "security-opt", "isolation", "cpu-shares", "cpu-quota", "cpu-period"}
)
# About the one image that is left: those of the image's own build count.
_OWN = frozenset(
    {
        "squash", "load", "compress", "force-rm", "rm", "disable-content-trust", "provenance", "sbom", "attest",
        "annotation", "debug",
    }
)  # fmt: skip
_DROPPED = {
    "cache-from": "the images that it names held the layers of the old builds",
    "cache-to": "the cache would hold other layers than before",
    "no-cache-filter": "the stages have other names now",
    "push": "pushing is not part of building; push the image afterwards",
    "output": "the image is wanted in the engine",
    "metadata-file": "nothing in the build reads it",
    "builder": "the builder instance is the user's choice",
    "iidfile": "the new command names the image by its tag",
    "quiet": "what it prints is the id of one image, and the script that read it is gone",
    "label": "the image that it was given to is a stage now, and is not left behind",
}
# Containers of the build itself: nothing of the kind is left of a stage either way.
_TIDYING = frozenset({"rm", "force-rm", "compress"})
# A named context that is not a folder of the host.
_REMOTE = re.compile(r"=(docker-image|oci-layout|https?|git|ssh)://")
_FALSE = frozenset({"false", "0", "f", "F", "FALSE", "False"})


@dataclass
class Options:
    """The options of all builds of one emitted file, and what is to be said about them."""

    units: Sequence[Unit]
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def program(self, unit: Unit) -> list[str]:
        """How the client is called: as for the unit's own build, with BuildKit where any of the builds asked for it."""
        chosen = {
            value: other for other in self.units for name, value in other.built.flags if name == "DOCKER_BUILDKIT"
        }
        program = dict(unit.built.flags).get("program") or "docker"
        by_plugin = [other for other in self.units if dict(other.built.flags).get("program") == "docker buildx"]
        off = next((other for value, other in chosen.items() if value == "0"), None)
        on = next((other for value, other in chosen.items() if value != "0"), None)
        wanted = on or (by_plugin[0] if by_plugin and program == "docker" else None)
        if off is not None and wanted is not None:
            self._note(legacy.OPTIONS_DIFFER.at(off.built.span, option="DOCKER_BUILDKIT", values="0 and 1"))
        prefix = "DOCKER_BUILDKIT=1" if wanted else "DOCKER_BUILDKIT=0" if off else None
        return [*([prefix] if prefix else []), *program.split(" "), "build"]

    def merged(self, unit: Unit) -> list[tuple[str, str | None]]:
        """The options for the image of one unit, in the order in which the builds gave them."""
        found: list[tuple[str, str | None]] = []
        for other in self.units:
            for name, value in other.built.flags:
                if name == "build-context" and not _REMOTE.search(value or ""):
                    self._note(
                        legacy.OPTION_NOT_CARRIED.at(
                            other.built.span, option=f"--{name}", what="a folder with a name of its own"
                        )
                    )
                if name in _DROPPED:
                    self._note(rules.FLAG_DROPPED.at(other.built.span, flag=name, reason=_DROPPED[name]))
                elif (name in _OWN and other is unit) or name == "platform" or name in _AGREED | _NAMED | _SHARED:
                    self._add(found, name, value, unit=other)
                elif name in _OWN and self._says_something(name, value) and name not in _TIDYING:
                    self._note(rules.FLAG_DROPPED.at(other.built.span, flag=name, reason=_DROPPED["label"]))
            if other is not unit and other.built.labels and not self._is_wanted(other):
                self._note(rules.FLAG_DROPPED.at(other.built.span, flag="label", reason=_DROPPED["label"]))
        self._check_network()
        self._check_platform(unit)
        return [(name, value) for name, value in found if self._says_something(name, value)]

    @staticmethod
    def _says_something(name: str, value: str | None) -> bool:
        """Whether an option is more than its default; `--rm` is the one switch that is on by itself."""
        return BUILD[name].takes_value or name == "rm" or value not in _FALSE

    def _add(self, found: list[tuple[str, str | None]], name: str, value: str | None, *, unit: Unit) -> None:
        if (name, value) in found:
            return
        rival = next((other for known, other in found if known == name and _same_name(name, other, value)), None)
        if rival is not None and name in _AGREED | _NAMED:
            self._differ(unit, name, rival, value)
        if BUILD[name].repeatable:
            found.append((name, value))
            return
        if name != "platform":
            found[:] = [item for item in found if item[0] != name]
        found.append((name, value))

    def _check_network(self) -> None:
        """A build without a network and one with the default are two different things to every RUN."""
        given = {dict(unit.built.flags).get("network") or "default": unit for unit in self.units if _runs(unit)}
        if "none" in given and len(given) > 1:
            other = next(name for name in given if name != "none")
            self._differ(given["none"], "network", other, "none")

    def _check_platform(self, unit: Unit) -> None:
        given = [value or "" for other in self.units for name, value in other.built.flags if name == "platform"]
        if given and (len(set(given)) > 1 or len(given) < len(self.units)):
            shown = ", ".join(sorted(set(given)))
            self._note(rules.SECOND_PLATFORM.at(unit.built.span, platforms=shown))

    def _is_wanted(self, unit: Unit) -> bool:
        return unit is self.units[-1]

    def _differ(self, unit: Unit, name: str, one: str | None, other: str | None) -> None:
        values = " and ".join(sorted({one or "none", other or "none"}))
        self._note(legacy.OPTIONS_DIFFER.at(unit.built.span, option=f"--{name}", values=values))

    def _note(self, diagnostic: Diagnostic) -> None:
        if diagnostic not in self.diagnostics:
            self.diagnostics.append(diagnostic)


def _runs(unit: Unit) -> bool:
    return any(instruction.keyword == "RUN" for instruction in unit.dockerfile.instructions)


def _same_name(option: str, one: str | None, other: str | None) -> bool:
    """Whether two values of an option are about the same thing."""
    if option not in _NAMED:
        return True
    return _name_in(option, one or "") == _name_in(option, other or "")


def _name_in(option: str, value: str) -> str:
    if option in ("secret", "ssh"):
        pairs = dict(part.partition("=")[::2] for part in value.split(","))
        return pairs.get("id") or value.partition("=")[0]
    if option == "add-host":
        return value.replace("=", ":").partition(":")[0]
    return value.partition("=")[0]
