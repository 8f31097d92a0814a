"""MG45x: what the format of a file may have apart in two builds of the same; each can be switched off by --strict."""

from __future__ import annotations

from migrator.diagnostics import Rule, Severity

__all__ = ["Rule", "Severity"]
GZIP_TIME = Rule(
    "MG450",
    "gzip-time",
    Severity.INFO,
    "the gzip header holds the time of packing: {paths}",
    "Pack with `gzip -n`, which writes no time.",
)
PYC_TIME = Rule(
    "MG451",
    "bytecode-time",
    Severity.INFO,
    "Python bytecode holds the time of its source: {paths}",
    "Set PYTHONDONTWRITEBYTECODE=1, or compile with `--invalidation-mode unchecked-hash`.",
)
ZIP_TIME = Rule(
    "MG452",
    "zip-time",
    Severity.INFO,
    "entries of a zip archive (jar, wheel) hold their times: {paths}",
    "Set SOURCE_DATE_EPOCH or the build tool's option for reproducible archives.",
)
TAR_TIME = Rule(
    "MG453",
    "tar-time",
    Severity.INFO,
    "entries of a tar archive hold their times: {paths}",
    "Pack with `tar --mtime=@0`.",
)
AR_TIME = Rule(
    "MG454",
    "ar-time",
    Severity.INFO,
    "members of an ar archive hold their times: {paths}",
    "Make the archive with `ar D`, which writes none.",
)
BUILD_ID = Rule(
    "MG455",
    "build-id",
    Severity.INFO,
    "the linker's build id is another, and nothing else is: {paths}",
    "Build at the same path, or link with `--build-id=none` or `-buildid=`.",
)
GO_STAMP = Rule(
    "MG456",
    "version-control-stamp",
    Severity.INFO,
    "Go noted the state of the repository: {paths}",
    "Build with `-buildvcs=false`, or build from the same commit.",
)
LOG_TIME = Rule(
    "MG457",
    "dates-in-logs",
    Severity.INFO,
    "logs of the package tools hold dates: {paths}",
    "Remove /var/log of the package tools in the RUN that installs.",
)
LOADER_CACHE = Rule(
    "MG458",
    "loader-cache",
    Severity.INFO,
    "the cache of the dynamic loader lists the same in another way: {paths}",
    "Nothing to do: ldconfig writes it anew from the libraries.",
)
MACHINE_ID = Rule(
    "MG459",
    "machine-id",
    Severity.INFO,
    "the id of a machine that was set up while building: {paths}",
    "Empty /etc/machine-id in the RUN that made it: every machine should get its own.",
)
SOURCE_MAP = Rule(
    "MG460",
    "source-map-paths",
    Severity.INFO,
    "source maps name other folders of the same sources: {paths}",
    "Build at the same path, or set the bundler's sourceRoot.",
)
PE_TIME = Rule(
    "MG461",
    "pe-time",
    Severity.INFO,
    "a Windows program holds the time of linking: {paths}",
    "Link with /Brepro, or set SOURCE_DATE_EPOCH.",
)
ZIP_ORDER = Rule(
    "MG462",
    "zip-order",
    Severity.INFO,
    "a zip archive (jar) lists the same entries in another order: {paths}",
    "Sort the entries, or use the build tool's option for reproducible archives.",
)
