#!/bin/bash
set -e
docker build -t code .
docker run --name c1 code ls
docker cp c1:/srv/app.bin .
docker rm c1
docker build -f Dockerfile.build -t app .
