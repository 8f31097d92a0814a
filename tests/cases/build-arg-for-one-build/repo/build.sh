#!/bin/sh
set -e
docker build -t demo-build --build-arg MODE=release -f Dockerfile.build .
docker create --name demo-extract demo-build
docker cp demo-extract:/out out
docker rm demo-extract
docker build --build-arg LEVEL=9 -t app .
