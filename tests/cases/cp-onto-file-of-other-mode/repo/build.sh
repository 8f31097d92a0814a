#!/bin/sh
set -e
docker build -t demo-build -f Dockerfile.build .
docker create --name demo-extract demo-build
docker cp demo-extract:/o/run run
docker cp demo-extract:/o/data data
docker rm demo-extract
docker build -t app .
