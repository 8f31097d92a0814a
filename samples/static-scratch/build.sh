#!/bin/sh
set -eu

VERSION=${1:-1.0.0}

docker build --build-arg VERSION="$VERSION" -t static:build -f Dockerfile.build .
docker create --name static-copy static:build true
docker cp static-copy:/out/static static
docker rm static-copy
docker build -t "static:$VERSION" .
rm static
