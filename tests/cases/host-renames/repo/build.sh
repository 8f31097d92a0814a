#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/o/server-linux-amd64 .
docker rm b1
mv server-linux-amd64 docker/server
cp config/prod.yml docker/config.yml
docker build -t app docker
rm docker/server docker/config.yml
