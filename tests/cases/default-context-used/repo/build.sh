#!/bin/sh
set -e
docker build -t b -f Dockerfile.build .
id=$(docker create b)
mkdir -p "${CONTEXT_DIR:-.}"
docker cp $id:/one ${CONTEXT_DIR:-.}/one
docker rm $id
docker build -t app -f Dockerfile ${CONTEXT_DIR:-.}
