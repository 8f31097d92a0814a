#!/bin/bash
set -e
docker build -t volb -f Dockerfile.build .
docker run --name volc volb sh -c 'echo made > /out/made && cp /seed /out/seed'
docker cp volc:/out - | tar x
docker rm -v volc
docker build -t app .
