#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/o/server .
docker rm b1
sed "s/@TAG@/${BASE_TAG}/" Dockerfile.in > Dockerfile.run
docker build -t app -f Dockerfile.run .
