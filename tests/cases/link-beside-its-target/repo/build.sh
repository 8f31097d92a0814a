#!/bin/sh
set -e
docker build -t demo-build -f Dockerfile.build .
docker create --name demo-extract demo-build
docker cp demo-extract:/o/lib.so lib.so
docker cp demo-extract:/o/lib.so.1 lib.so.1
docker rm demo-extract
docker build -t app .
