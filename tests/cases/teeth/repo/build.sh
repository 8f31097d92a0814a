#!/bin/sh
set -e
docker build -t tool:build -f Dockerfile.build .
docker create --name extract tool:build
docker cp extract:/out ./out
docker rm -f extract
docker build -t app .
