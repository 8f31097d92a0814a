#!/bin/sh
set -e
docker build -t demo-build -f Dockerfile.build .
docker create --name demo-extract demo-build
docker cp demo-extract:/o/tool tool
docker cp demo-extract:/o/d d
docker rm demo-extract
docker build -t app .
