#!/bin/sh
set -e
docker build -t demo-build -f Dockerfile.build .
docker create --name demo-extract demo-build
docker cp 'demo-extract:/o/a[0].txt' .
docker cp 'demo-extract:/o/b$c' .
docker cp demo-extract:/o/d:e ./d:e
docker rm demo-extract
docker build -t app .
