#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/app app
docker rm b1
sed -i -e 's|@@NAME@@|tool|g' Dockerfile
docker build -t app .
