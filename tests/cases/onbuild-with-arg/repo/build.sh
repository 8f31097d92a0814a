#!/bin/bash
set -e
docker build -t team/base -f Dockerfile.base .
docker build --build-arg MODE=slow -t b -f Dockerfile.build .
mkdir -p out
id=$(docker create b)
docker cp $id:/src/app out/
docker cp $id:/src/mode out/
docker rm $id
docker build -t app .
