#!/bin/sh
set -e
docker build -q -t pair-build -f Dockerfile.build .
docker create --name pair pair-build
docker cp pair:/out .
docker rm pair
docker build -t pair-client -f Dockerfile.client .
docker build -t pair-server -f Dockerfile.server .
rm -rf out
