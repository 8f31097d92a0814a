#!/bin/bash
set -e
docker tag alpine:latest alpine:3.9
docker build --build-arg BASE=alpine:3.9 -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/o/server .
docker rm b1
docker build -t app .
docker rmi alpine:3.9
