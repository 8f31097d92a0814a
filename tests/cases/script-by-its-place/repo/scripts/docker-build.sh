#!/bin/bash
set -e
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
TAG="${1:-latest}"
docker build -t app-builder:$TAG -f "$ROOT/docker/build/Dockerfile" "$ROOT"
docker run --rm -v "$ROOT/docker/run":/host app-builder:$TAG cp /out/app /host/app
docker build -t app:$TAG "$ROOT/docker/run"
rm -f "$ROOT/docker/run/app"
if [ -n "$PUSH" ]; then
  docker push app:$TAG
fi
