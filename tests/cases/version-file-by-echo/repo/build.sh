#!/bin/bash
set -e
VERSION=${1:-dev}
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/o/server .
docker rm b1
echo "$VERSION" > VERSION
docker build -t app .
