#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker run --rm b gzip -c /app | gunzip > app
docker build -t app .
