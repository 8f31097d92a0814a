#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
id=$(docker create b)
docker cp $id:/out/copied copied
docker cp $id:/out/single single
docker cp "$id:/out/two words" "two words"
docker rm $id
docker build -t app .
