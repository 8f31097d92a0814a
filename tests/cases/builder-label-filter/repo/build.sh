#!/bin/bash
set -e
docker build -f Dockerfile.build .
IMG=$(docker images --filter label=role=builder -q | head -n 1)
docker create --name b1 $IMG
docker cp b1:/app .
docker rm b1
docker build -t app .
