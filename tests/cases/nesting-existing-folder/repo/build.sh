#!/bin/bash
set -e
docker build -t web:build -f build.Dockerfile .
id=$(docker create web:build)
docker cp $id:/src/dist ./public
docker rm $id >/dev/null
docker build -t app .
