#!/bin/sh
set -e
docker build -t demo-build -f Dockerfile.build .
docker create --name demo-extract demo-build
docker cp demo-extract:/src/tools ./bin
docker cp demo-extract:/src/tool ./program
docker rm demo-extract
docker build -t app .
rm -rf bin program
