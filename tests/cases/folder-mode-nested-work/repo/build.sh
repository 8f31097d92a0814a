#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker create --name c1 b
docker cp c1:/o sub
docker rm c1
rm sub/o/g
docker build -t app .
