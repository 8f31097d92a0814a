#!/bin/bash
set -e
docker build --target compile -t b -f Dockerfile.build .
docker create --name x1 b
docker cp x1:/app app
docker rm x1
docker build -t app .
