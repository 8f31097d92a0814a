#!/usr/bin/env bash
set -eu
REGISTRY=${REGISTRY:-local}
TAG="${TAG:-dev}"
IMAGE="${REGISTRY%/}/app"
docker build -t "${IMAGE}-build:${TAG}" -f Dockerfile.build .
docker create --name "app-${TAG//./-}" "${IMAGE}-build:${TAG}"
docker cp "app-${TAG//./-}:/app" .
docker rm "app-${TAG//./-}"
docker build -t "${IMAGE}:${TAG}" .
[ "${PUSH:-false}" != true ] || docker push "${IMAGE}:${TAG}"
