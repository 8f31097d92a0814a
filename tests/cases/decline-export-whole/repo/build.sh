#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
id=$(docker create b)
mkdir -p rootfs
docker export $id | tar x -C rootfs
docker build -t app .
