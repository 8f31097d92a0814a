#!/bin/sh
set -e
docker build -t b -f Dockerfile.build .
docker run --rm b sh -c 'false || cat /one; echo x' | docker run --name stdin1 -i b sh -c 'cat /one - > /two'
docker cp stdin1:/two app
docker rm stdin1
docker build -t app .
