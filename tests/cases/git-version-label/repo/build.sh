#!/bin/bash
set -e
REV=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
docker build -t b --build-arg REV=$REV -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/app .
docker rm b1
docker build --label revision=$REV --label built="$(date -u +%Y)" -t app:$REV .
