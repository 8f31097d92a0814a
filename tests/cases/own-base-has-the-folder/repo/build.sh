#!/bin/sh
set -e
docker build -t demo-base -f Dockerfile.base .
docker build -t demo-build -f Dockerfile.build .
docker create --name demo-extract demo-build
docker cp demo-extract:/src/app ./service
docker rm demo-extract
docker build -t app .
rm -f service
