#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker create --name xc b /bin/true
docker cp xc:/dist/app.tar.gz app.tar.gz
docker rm xc
docker build -t app .
