#!/bin/sh
set -e
docker build -t demo-build -f Dockerfile.build .
docker create --name demo-extract demo-build
docker cp demo-extract:/o/current/bin/tool tool
docker cp demo-extract:/b/tool tool2
docker rm demo-extract
docker build -t app .
