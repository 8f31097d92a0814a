#!/bin/bash
set -e
docker buildx build --load --platform linux/amd64 -t b -f Dockerfile.build .
id=$(docker create b)
docker cp $id:/o/app .
docker rm $id
docker buildx build --load --platform linux/amd64 -t app .
