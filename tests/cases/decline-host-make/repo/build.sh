#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/gen/gen.c src/
docker rm b1
make -C src prog
docker build -t app .
