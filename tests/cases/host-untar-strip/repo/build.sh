#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/o/rel.tar.gz .
docker rm b1
mkdir -p rel
tar xzf rel.tar.gz -C rel --strip-components=1
docker build -t app .
