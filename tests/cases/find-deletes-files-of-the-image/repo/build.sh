#!/bin/sh
set -e
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/o/dist dist
docker rm b1
find dist -name '*.map' -delete
docker build -t app .
