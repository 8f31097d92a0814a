#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker create --name b1 b
mkdir -p out
docker export b1 | tar -x -C out o/app usr/lib/x
docker rm b1
docker build -t app .
