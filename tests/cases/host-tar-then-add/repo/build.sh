#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/o/dist dist
docker rm b1
tar czf dist.tar.gz -C dist .
docker build -t app .
rm -rf dist dist.tar.gz
