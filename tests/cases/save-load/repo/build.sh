#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker save b | gzip > b.tar.gz
gunzip -c b.tar.gz | docker load
docker create --name b1 b
docker cp b1:/app .
docker rm b1
rm b.tar.gz
docker build -t app .
