#!/bin/sh
set -eu
cd "$(dirname "$0")"
docker build -t docs-image -f docker/Dockerfile .
docker run --name docs-c docs-image
docker cp docs-c:/site/. site
docker cp docs-c:/report report
docker rm -f docs-c
cp robots.txt site/robots.txt
