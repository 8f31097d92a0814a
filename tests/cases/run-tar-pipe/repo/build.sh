#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker run --rm b tar -cf - -C /opt/dist . | tar -xf - -C rootfs
docker build -t app .
