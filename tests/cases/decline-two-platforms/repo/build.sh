#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
id=$(docker create b)
docker cp $id:/o/ bin
docker rm $id
docker buildx build --push --platform linux/amd64,linux/arm64 -t registry.local/app .
