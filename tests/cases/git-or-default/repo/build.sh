#!/bin/bash
set -e
V=$(git describe --tags 2>/dev/null || git rev-parse --short HEAD || true)
B=$(git symbolic-ref HEAD) || B=none
if git rev-parse --git-dir > /dev/null 2>&1; then REV=$(git rev-parse HEAD); else REV=none; fi
docker build -t b -f Dockerfile.build .
docker create --name c1 b
docker cp c1:/out/app .
docker rm c1
docker build --label rev=$REV --label v=$V --label b=$B -t app .
