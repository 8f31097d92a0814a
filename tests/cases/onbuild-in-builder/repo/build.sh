#!/bin/bash
set -e
docker build -t onb -f Dockerfile.base .
docker build -t b -f Dockerfile.build .
docker create --name x1 b
docker cp x1:/src/app .
docker rm x1
docker build -t app .
