#!/bin/bash
set -euo pipefail
flags=(--rm)
[[ ${NO_CACHE:-0} == 1 ]] && flags+=(--no-cache)
flags+=(--build-arg "MODE=${MODE:-plain}")
docker build "${flags[@]}" -t b -f Dockerfile.build .
c=$(docker create b)
docker cp "$c:/app" app
docker rm "$c"
docker build "${flags[@]}" -t run .
