#!/bin/bash
set -e
docker build -t team/base -f Dockerfile.base .
docker push team/base
docker build -t b -f Dockerfile.build .
id=$(docker create b)
docker cp $id:/app .
docker rm $id
docker build -t app .
