#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/o/app .
docker rm b1
ls -l app
file app || true
test -s app
docker build -t app .
docker run --rm app cat /app | grep -q app && echo fine
docker images | head -3
