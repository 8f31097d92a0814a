#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
id=$(docker create b)
docker export $id | gzip > fs.tar.gz
docker build -t app .
