#!/bin/bash
set -e
rm -rf public
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/out public
docker rm b1
docker build -t app .
