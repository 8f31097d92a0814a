#!/bin/sh
set -e
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/o out
docker rm b1
chmod 600 out/app
docker build -t app .
