#!/bin/bash
: "${IMAGE:=ed}" "${DOCKERFILE:=Dockerfile}" "${CTX:=.}"
export IMAGE
set -e
docker build -t "$IMAGE-b" -f "$DOCKERFILE.build" "$CTX"
docker create --name "$IMAGE-c" "$IMAGE-b" >/dev/null
docker cp "$IMAGE-c:/out/app" "$CTX/app"
docker rm "$IMAGE-c"
docker build -t "$IMAGE" -f "$DOCKERFILE" "$CTX"
