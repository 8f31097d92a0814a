#!/bin/sh
set -e
docker build -t demo-build -f Dockerfile.build .
docker create --name demo-extract demo-build
docker cp demo-extract:/out ./publish
docker rm demo-extract
docker build -t app .
rm -rf publish
