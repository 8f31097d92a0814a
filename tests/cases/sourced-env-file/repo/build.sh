#!/bin/bash
set -e
. ./versions.env
source config/image.sh
docker build --build-arg FLAVOUR=$FLAVOUR -t $IMAGE-build -f Dockerfile.build .
docker create --name x1 $IMAGE-build
docker cp x1:/app app
docker rm x1
docker build --label flavour=$FLAVOUR -t $IMAGE .
