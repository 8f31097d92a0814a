#!/bin/bash
set -e
if [ "$1" != "--no-builder" ]; then
  docker build -t b -f Dockerfile.build .
fi
docker create --name b1 b
docker cp b1:/app app
docker rm b1
docker build -t app .
