#!/bin/sh
set -e
docker build -t demo-build -f Dockerfile.build .
docker create --name demo-extract demo-build none
docker cp demo-extract:/o/data data2
docker rm demo-extract
docker build -t app .
