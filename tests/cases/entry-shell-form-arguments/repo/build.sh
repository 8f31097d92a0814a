#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker run --name b1 b ignored words
docker cp b1:/result .
docker rm b1
docker build -t app .
