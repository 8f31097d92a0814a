#!/bin/bash
set -e
cp Dockerfile.dev Dockerfile
docker build -t b .
docker create --name b1 b
docker cp b1:/app app
docker rm b1
cp Dockerfile.prod Dockerfile
docker build -t app .
rm Dockerfile
