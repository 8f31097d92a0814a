"""One conversion of every status, made by hand: renderers are tested apart from the converter."""

from __future__ import annotations

from migrator.diagnostics import Rule, Severity
from migrator.migration.result import (
    Artifact,
    Consumer,
    Converted,
    Declined,
    FileChange,
    Floor,
    LineOrigin,
    Need,
    NotApplicable,
    StageInfo,
    Target,
)
from migrator.source import Source

WARNING = Rule("MG104", "made-up-warning", Severity.WARNING, "the script leaves {name} behind", "remove it")
ERROR = Rule("MG150", "made-up-error", Severity.ERROR, "cannot follow {name}", "write it out")

SCRIPT = """#!/bin/sh
docker build -t app:build -f Dockerfile.build .
docker create --name one app:build
docker cp one:/src/app app
docker build -t app:latest .
"""
BUILD = "FROM golang:1.13\nWORKDIR /src\nCOPY main.go .\nRUN go build -o app ."
RUNTIME = 'FROM alpine:latest\nCOPY app /usr/bin/\nCMD ["app"]'
DOCKERFILE = """FROM golang:1.13 AS builder
WORKDIR /src
COPY main.go .
RUN go build -o app .

FROM alpine:latest AS runtime
COPY --from=builder --chown=0:0 /src/app /usr/bin/
CMD ["app"]
"""

source = Source("build.sh", SCRIPT)
carried = source.span(SCRIPT.index("docker cp"), SCRIPT.index("docker cp") + len("docker cp one:/src/app app"))

CONVERTED = Converted(
    script="build.sh",
    dockerfile=DOCKERFILE,
    dockerfile_path="Dockerfile",
    stages=(
        StageInfo("builder", "golang:1.13", "Dockerfile.build", "app:build"),
        StageInfo("runtime", "alpine:latest", "Dockerfile", "app:latest"),
    ),
    targets=(Target("runtime", ("app:latest",), "docker build -t app:latest ."),),
    artifacts=(Artifact("builder", "/src/app", "app", (Consumer("runtime", 7, "/usr/bin/app"),), carried),),
    lines=(
        LineOrigin(1, "Dockerfile.build", 1, None),
        LineOrigin(5, None, None, None),
        LineOrigin(7, "Dockerfile", 2, "MG104"),
    ),
    files=(FileChange("Dockerfile", "write", DOCKERFILE), FileChange("Dockerfile.build", "delete", None)),
    floor=Floor("17.09", buildkit=False, syntax=None, needs=(Need("COPY --chown", 7, "17.09"),)),
    diagnostics=(WARNING.at(carried, name="app"), WARNING.at(None, name="nothing")),
)
DECLINED = Declined("build.sh", (ERROR.at(carried, name="docker cp"),))
NOTHING = NotApplicable(None, "No script here calls docker.")
FILES = {"build.sh": SCRIPT, "Dockerfile.build": BUILD, "Dockerfile": RUNTIME}
