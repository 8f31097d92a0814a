#!/bin/bash
set -e
docker build -t b - < Dockerfile.build
id=$(docker create b)
docker cp $id:/work/target .
docker rm $id
docker build -t app .
