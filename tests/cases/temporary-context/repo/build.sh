#!/bin/bash
set -e
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
docker build -t b -f Dockerfile.build .
docker create --name x1 b
docker cp x1:/o/app "$TMP/app"
docker rm x1
cp runtime/Dockerfile runtime/entry.sh "$TMP"
cp -r assets "$TMP/"
docker build -t app "$TMP"
