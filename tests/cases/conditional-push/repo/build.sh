#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker create --name x1 b
docker cp x1:/app app
docker rm x1
docker build -t app .
if [ "$PUSH" = yes ]; then
  docker tag app registry.local/app
  docker push registry.local/app
fi
[ -z "$CLEAN" ] || rm -f app
