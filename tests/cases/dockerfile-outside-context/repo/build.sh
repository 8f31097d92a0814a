#!/bin/bash
set -e
mkdir -p out
docker build -t b -f docker/Dockerfile.build .
docker create --name b1 b
docker cp b1:/o/. out
docker rm b1
docker build -t app -f docker/Dockerfile.run out
