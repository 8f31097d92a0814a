#!/bin/sh
set -e
docker build -t b -f Dockerfile.build .
docker create --name b1 b
mkdir -p tree
docker export b1 | tar -x -C tree out/lib/b.so
docker rm b1
docker build -t app .
