#!/bin/sh
set -e
docker build -t demo-build -f Dockerfile.build .
docker create --name demo-extract demo-build
docker cp demo-extract:/build/out out
docker cp demo-extract:build/work/../work/./here here
docker rm demo-extract
docker build -t app .
