#!/bin/sh
set -e
docker build -t b -f ${BUILDER_FILE:-Dockerfile.build} ${CONTEXT_DIR:-.}
id=$(docker create b)
docker cp $id:/one one
docker rm $id
docker build -t app .
