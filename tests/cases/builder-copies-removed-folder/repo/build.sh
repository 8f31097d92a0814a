#!/bin/bash
set -e
rm -rf old
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/list .
docker rm b1
docker build -t app .
