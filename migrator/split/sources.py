"""Which files of the context only the build reads. What is not known to be one stays in the running image."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from migrator.split.fat import Fat

# By the language of what was recognised; `/` at the end is a folder, whatever is in it.
ENDINGS = {
    "go": (".go",),
    "c": (
        ".c",
        ".h",
        ".cc",
        ".cpp",
        ".cxx",
        ".c++",
        ".hh",
        ".hpp",
        ".hxx",
        ".inc",
        ".s",
        ".S",
        ".o",
        ".a",
        ".ac",
        ".am",
        ".m4",
        ".cmake",
        ".mk",
    ),
    "rust": (".rs",),
    "java": (".java", ".kt", ".scala", ".groovy", ".gradle", ".kts"),
    "dotnet": (".cs", ".csproj", ".fs", ".fsproj", ".vb", ".vbproj", ".sln", ".props", ".targets", ".resx"),
}
NAMES = {
    "go": ("go.mod", "go.sum", "go.work", "go.work.sum", "Makefile", "makefile", "Gopkg.toml", "Gopkg.lock"),
    "c": (
        "Makefile",
        "makefile",
        "GNUmakefile",
        "CMakeLists.txt",
        "configure",
        "config.guess",
        "config.sub",
        "meson.build",
        "autogen.sh",
    ),
    "rust": ("Cargo.toml", "Cargo.lock", "rust-toolchain", "rust-toolchain.toml", "Makefile"),
    "java": (
        "pom.xml",
        "gradlew",
        "gradlew.bat",
        "mvnw",
        "mvnw.cmd",
        "gradle.properties",
        "gradle-wrapper.jar",
        "gradle-wrapper.properties",
        "maven-wrapper.jar",
        "maven-wrapper.properties",
    ),
    "dotnet": ("global.json", "NuGet.config", "nuget.config"),
}
FOLDERS = {
    "go": ("vendor",),
    "rust": (".cargo",),
    "java": ("src/main/resources", "src/test", ".mvn", ".gradle"),
    "c": (),
    "dotnet": ("obj",),
}
# What speaks to people and to other tools: nobody reads it in a container, unless a source names it.
_DOCUMENTS = re.compile(
    r"(?:README|CHANGELOG|CHANGES|CONTRIBUTING|AUTHORS|NEWS|TODO|HACKING|INSTALL)(?:\.\w+)?|"
    r"\.(?:gitignore|gitattributes|gitmodules|editorconfig|golangci\.ya?ml|travis\.yml|dockerignore|clang-format)|"
    r"Dockerfile(?:\..+)?|.+\.Dockerfile|docker-compose.*\.ya?ml|compose\.ya?ml|\.gitlab-ci\.yml"
)
_AROUND = (".git/", ".github/", ".circleci/", ".gitlab/")
_TEXT = 1 << 20


def only_for_build(fat: Fat, languages: Collection[str], named: Iterable[str]) -> frozenset[str]:
    """The files of the context that only the build reads; `named` are those that the command line names."""
    kept = frozenset(named)
    found = {file for file in fat.files if _is_source(file, languages)} - kept
    around = {file for file in fat.files if file not in found and _is_around(file)} - kept
    # A program that shows its own README names it.
    texts = [fat.project.text(file) or "" for file in found]
    spoken = "\n".join(text for text in texts if len(text) < _TEXT)
    return frozenset(found | {file for file in around if posixpath.basename(file) not in spoken})


def _is_source(file: str, languages: Collection[str]) -> bool:
    name = posixpath.basename(file)
    for language in languages:
        if name in NAMES.get(language, ()) or name.endswith(ENDINGS.get(language, ())):
            return True
        if any(f"/{folder}/" in f"/{file}" for folder in FOLDERS.get(language, ())):
            return True
    return False


def _is_around(file: str) -> bool:
    return file.startswith(_AROUND) or _DOCUMENTS.fullmatch(posixpath.basename(file)) is not None
