#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly IMAGE=app
docker build --file docker/build.Dockerfile --tag "${IMAGE}-build" .
container=$(docker create "${IMAGE}-build")
trap 'docker rm -f "$container" > /dev/null' EXIT
docker cp "$container":/src/out docker/out
docker build --tag "$IMAGE" docker
