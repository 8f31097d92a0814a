#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/o/app app
docker rm b1
cp fallback.txt app
docker build -t app .
