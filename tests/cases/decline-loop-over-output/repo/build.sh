#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/services .
docker rm b1
for d in services/*; do
  docker build -t "demo/$(basename "$d")" "$d"
done
