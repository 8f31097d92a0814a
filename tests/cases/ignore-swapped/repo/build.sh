#!/bin/bash
set -e
cp ignore.build .dockerignore
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/src/app app
docker rm b1
cp ignore.run .dockerignore
docker build -t app .
rm .dockerignore app
