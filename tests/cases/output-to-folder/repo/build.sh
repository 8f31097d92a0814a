#!/bin/sh
set -e
docker build -o out -f Dockerfile.build .
docker build -t app .
