#!/bin/bash
set -e
cd "$(dirname "$0")/.."
docker build -t named-build .
id=$(docker create named-build)
docker cp "$id":/out ./deploy/files
docker rm "$id"
echo "pushed commits are built from deploy/ by the registry"
