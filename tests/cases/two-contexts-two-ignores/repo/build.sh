#!/bin/sh
set -e
docker build -t demo-build builder
docker create --name demo-extract demo-build
docker cp demo-extract:/out runtime/out
docker rm demo-extract
docker build -t app runtime
