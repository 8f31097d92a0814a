#!/bin/bash
set -e
export DOCKER_BUILDKIT=1
DOCKER_BUILDKIT=1 docker build --progress=plain -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/app .
docker rm b1
docker build --progress plain -t app .
