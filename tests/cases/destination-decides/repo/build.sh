#!/bin/bash
set -e
mkdir -p d1
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/o/f d1
docker cp b1:/o/f d1/g
docker cp b1:/o/dir d1/
docker cp b1:/o/dir d2
docker cp b1:/o/dir/. d3
docker cp b1:/o/dir/ d1/dir2
docker rm b1
docker build -t app .
