#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker create --name c1 b
docker cp c1:/o/f f
docker rm c1
sed -i s/hi/ho/ f
docker build -t app .
