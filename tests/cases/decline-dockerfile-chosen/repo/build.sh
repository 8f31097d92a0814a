#!/bin/sh
set -e
docker build -t b -f Dockerfile.$ARCH-build .
docker create --name b1 b
docker cp b1:/o/app app
docker rm b1
docker build -t app -f Dockerfile.$ARCH .
