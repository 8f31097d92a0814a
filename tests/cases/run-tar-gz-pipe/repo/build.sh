#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
mkdir -p tmp
docker run --rm b tar cz -C /opt dist | (cd tmp && tar xz)
docker build -t app .
