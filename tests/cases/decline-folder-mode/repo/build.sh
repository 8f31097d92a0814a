#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker build -t o -f Dockerfile.other .
mkdir -p site/d
docker create --name c1 b
docker create --name c2 o
docker cp c1:/o site/o
docker cp c2:/p/. site/o
rm site/o/draft
docker rm c1 c2
docker build -t app .
