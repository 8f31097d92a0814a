#!/bin/sh
set -e
what=${WHAT:-lib}
docker build -t b -f Dockerfile.build .
docker create --name b1 b
mkdir -p got
docker cp "b1:/o/$what" got/part
docker rm b1
docker build -t app .
