#!/bin/bash
set -e
rm -rf src
git clone --depth 1 https://github.com/example/tool.git src
docker build -t b -f Dockerfile.build src
docker create --name b1 b
docker cp b1:/app .
docker rm b1
docker build -t app .
