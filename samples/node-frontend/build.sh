#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "$0")"

docker build -f Dockerfile.build -t frontend-build .

rm -rf dist
id=$(docker create frontend-build)
docker cp "$id":/app/dist ./dist
docker rm -v "$id"

docker build -t frontend:latest .
rm -rf dist
