#!/bin/bash
set -e
docker build -t corp/base -f Dockerfile.base .
docker build -t corp/build -f Dockerfile.build .
docker create --name b1 corp/build
docker cp b1:/o/server .
docker rm b1
docker build -t app .
