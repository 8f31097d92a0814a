#!/bin/bash
set -e
docker build -t base -f Dockerfile.1 .
docker build -t base -f Dockerfile.2 .
docker create --name b1 base
docker cp b1:/o/app .
docker rm b1
docker build -t app -f Dockerfile.3 .
