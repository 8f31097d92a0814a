#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker save b | gzip > b.tgz
docker rmi b
gunzip -c b.tgz | docker load
docker create --name x1 b
docker cp x1:/out/app app
docker rm x1; rm b.tgz
docker build -t app .
