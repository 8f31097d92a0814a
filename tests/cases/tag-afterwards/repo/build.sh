#!/bin/bash
set -e
docker build -t corp/build -f Dockerfile.build .
docker create --name x1 corp/build
docker cp x1:/app app
docker rm x1
docker build -t corp/app:$VERSION .
docker tag corp/app:$VERSION corp/app:latest
