"""What compiles to something that a runtime of the base starts: Java's jar and class files, .NET's assemblies."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from migrator.split.makers.made import Made, Output, operands

if TYPE_CHECKING:
    from migrator.split.fat import Fat
    from migrator.split.statements import Statement

_PACKAGES = frozenset(("package", "verify", "install", "deploy"))
_BUILDS = frozenset("build assemble bootJar bootWar shadowJar jar war installDist fatJar uberJar".split())
_JAVAC = frozenset(
    "-d -cp -classpath --class-path -sourcepath --source-path -s -h -encoding -source -target --release -processorpath "
    "--module-path -p --module -m".split()
)


def maven(statement: Statement, fat: Fat) -> Made | None:  # noqa: ARG001 - one signature for all
    """mvn: what it packages lies in `target` of the project, or of a module of it."""
    if statement.program not in {"mvn", "mvnw", "mvnd"}:
        return None
    goals = {word for word in statement.operands if word}
    file = statement.option("-f", "--file")
    folder = statement.folder
    if file is not None:
        folder = posixpath.join(folder, file if not file.endswith(".xml") else posixpath.dirname(file))
    outputs = (Output(posixpath.normpath(folder), folder=True),) if goals & _PACKAGES else ()
    return Made(f"{statement.program} package" if outputs else statement.program, "java", statement.span, outputs)


def gradle(statement: Statement, fat: Fat) -> Made | None:  # noqa: ARG001 - as above
    """gradle: what it builds lies in `build` of the project, or of a part of it."""
    if statement.program not in {"gradle", "gradlew"}:
        return None
    tasks = {(word or "").rpartition(":")[2] for word in statement.operands}
    moved = statement.option("-p", "--project-dir")
    folder = posixpath.normpath(posixpath.join(statement.folder, moved or "."))
    outputs = (Output(folder, folder=True),) if tasks & _BUILDS else ()
    return Made("gradle build" if outputs else "gradle", "java", statement.span, outputs)


def javac(statement: Statement, fat: Fat) -> Made | None:  # noqa: ARG001 - as above
    """javac: class files in the folder of `-d`, else beside their sources; and jar, which packs them."""
    if statement.program == "jar":
        switches = statement.operands[0] or "" if statement.operands else ""
        target = statement.option("-f", "--file")
        if target is None and "c" in switches and "f" in switches and len(statement.operands) > 1:
            target = statement.operands[1]
        place = statement.path(target) if target else None
        return Made("jar", "java", statement.span, (Output(place),) if place else ())
    if statement.program != "javac":
        return None
    folder = statement.option("-d")
    if folder is not None:
        place = statement.path(folder)
        return Made("javac -d", "java", statement.span, (Output(place, folder=True, whole=True),) if place else ())
    sources = [statement.path(word) for word in operands(statement, _JAVAC) if word and word.endswith(".java")]
    made = tuple(Output(path.removesuffix(".java") + ".class") for path in sources if path is not None)
    return Made("javac", "java", statement.span, made)


def dotnet(statement: Statement, fat: Fat) -> Made | None:  # noqa: ARG001 - as above
    """dotnet: publish and build fill the folder of `-o`; without it their folder has a name that only they know."""
    if statement.program != "dotnet" or len(statement.operands) < 1:
        return None
    verb = statement.operands[0]
    target = statement.option("-o", "--output")
    place = statement.path(target) if target else None
    outputs = (Output(place, folder=True, whole=True),) if place and verb in {"publish", "build"} else ()
    return Made(f"dotnet {verb}", "dotnet", statement.span, outputs)
