#!/bin/bash
set -e
APP_VERSION=${APP_VERSION:-0.1}
docker build --build-arg APP_VERSION=$APP_VERSION --build-arg "EXTRA=${EXTRA}" -t b -f Dockerfile.build .
docker create --name x1 b
docker cp x1:/app-$APP_VERSION app
docker rm x1
docker build --build-arg APP_VERSION -t app .
