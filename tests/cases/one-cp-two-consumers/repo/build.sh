#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/o/tool tool
docker rm b1
cp tool tool-static
docker build -t app .
