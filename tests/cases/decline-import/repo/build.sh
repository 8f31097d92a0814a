#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker run --rm b tar -c -C /rootfs . | docker import - app
