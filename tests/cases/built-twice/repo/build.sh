#!/bin/sh
set -e
docker build -f Dockerfile.build .
image=$(docker build -q -f Dockerfile.build .)
container=$(docker create $image)
docker cp $container:/src/dist dist
docker rm $container
docker build -t app .
rm -rf dist
