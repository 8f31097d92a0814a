#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker run --net=host --name b1 b sh -c 'wget -O /app http://localhost:8080/app'
docker cp b1:/app .
docker build -t app .
