#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker run --privileged --name b1 b sh -c 'mount -t tmpfs none /mnt && echo app > /app'
docker cp b1:/app .
docker rm b1
docker build -t app .
