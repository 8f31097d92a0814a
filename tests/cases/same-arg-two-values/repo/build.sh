#!/bin/bash
set -e
docker build --build-arg VERSION=1 -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/o/server .
docker rm b1
docker build --build-arg VERSION=2 -t app .
