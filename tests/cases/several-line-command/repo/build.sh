#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker run --name b1 b sh -ec '
  mkdir -p /out
  for n in 1 2 3; do
    echo $n >> /out/list
  done
'
docker cp b1:/out/list .
docker rm b1
docker build -t app .
