#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/app .
docker rm b1
curl -sL -o tini https://example.com/tini
chmod +x tini
docker build -t app .
