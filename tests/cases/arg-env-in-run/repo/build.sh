#!/bin/bash
set -e
docker build --build-arg A=1 --build-arg B=x -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/app .
docker rm b1
docker build --build-arg A=1 --build-arg UNUSED=y -t app .
