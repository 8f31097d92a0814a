#!/bin/bash
set -e
cd "$(dirname "$0")"
NAME=$(basename "$PWD")
docker build -t $NAME:build -f Dockerfile.build .
docker create --name $NAME-x $NAME:build
docker cp $NAME-x:/app .
docker rm $NAME-x
docker build -t $NAME:latest .
