#!/bin/bash
set -e
export PORT
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/app app
docker rm b1
envsubst < app.conf.in > app.conf
docker build -t app .
