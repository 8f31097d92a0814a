#!/usr/bin/env bash
set -euo pipefail
VERSION=$(cat VERSION)
NAME=$(grep '"name"' package.json | sed -E 's/.*: *"([^"]+)".*/\1/')
MINOR=${VERSION%.*}
docker build -t "$NAME-build" --build-arg VERSION="$VERSION" -f Dockerfile.build .
docker rm -f "$NAME-extract" 2>/dev/null || true
docker create --name "$NAME-extract" "$NAME-build" >/dev/null
docker cp "$NAME-extract:/out/$NAME-$VERSION.bin" "./$NAME.bin"
docker rm "$NAME-extract" >/dev/null
docker build -t "corp/$NAME:$VERSION" -t "corp/$NAME:$MINOR" .
