#!/bin/sh
set -e
docker build -t b -f Dockerfile.build .
docker run --rm b sh -c 'false || cat /one; echo x' | docker run --name s -i b sh -c 'cat /one - > /two'
docker cp s:/two app
docker rm s
docker build -t app .
