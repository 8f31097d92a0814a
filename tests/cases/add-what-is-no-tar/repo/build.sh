#!/bin/sh
set -e
docker build -t demo-build -f Dockerfile.build .
docker create --name demo-extract demo-build
docker cp demo-extract:/o/t.tar t.tar
docker cp demo-extract:/o/t.tgz t.tgz
docker cp demo-extract:/o/t.tbz t.tbz
docker cp demo-extract:/o/text.gz text.gz
docker cp demo-extract:/o/z.zip z.zip
docker rm demo-extract
docker build -t app .
