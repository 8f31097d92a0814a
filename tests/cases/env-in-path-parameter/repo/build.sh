#!/bin/bash
set -e
: "${FLAVOUR:=light}"
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp "b1:/out/$FLAVOUR/theme.css" theme.css
docker rm b1
docker build -t app .
