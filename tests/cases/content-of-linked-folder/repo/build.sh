#!/bin/sh
set -e
mkdir one
docker build -t demo-build -f Dockerfile.build .
docker create --name demo-extract demo-build
docker cp demo-extract:/o/current/. one
docker cp demo-extract:/o/current/ two
docker rm demo-extract
docker build -t app .
