#!/bin/sh
set -e
docker build -t base -f Dockerfile.base .
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/o/app src/app
docker rm b1
docker build -t app .
