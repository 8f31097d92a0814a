#!/bin/bash
set -e
docker build -t rootfs-builder - < Dockerfile.builder
docker run --rm rootfs-builder tar cC rootfs . | gzip > rootfs.tar.gz
docker build -t app .
