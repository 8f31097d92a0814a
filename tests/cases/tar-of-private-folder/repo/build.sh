#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
t=$(mktemp -d)
docker create --name c1 b
docker cp c1:/o/. $t
docker rm c1
mkdir -p out/sub
tar c -C $t . | tar x -C out/sub
docker build -t app .
