#!/bin/sh
set -e
docker build -t demo-build -f Dockerfile.build .
docker create --name demo-extract demo-build
docker cp demo-extract:/tmp/a a
docker cp demo-extract:/run/o/b b
docker rm demo-extract
docker build -t app .
