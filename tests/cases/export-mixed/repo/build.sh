#!/bin/bash
set -e
docker build -t mixed-builder -f Dockerfile.build .
id=$(docker create mixed-builder)
docker cp $id:/out/app app
docker cp $id:/out/man ./man
docker rm $id
docker build -t mixed-app .
mkdir -p release
cp app release/app-linux
