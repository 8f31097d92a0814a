#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker create --name x1 b
docker cp x1:/o/app-1.2 .
docker rm x1
docker build --build-arg V=1.2 -t app .
