#!/bin/bash
set -e
docker build -t one one
docker create --name c1 one
docker cp c1:/gen/api.h two/include/
docker rm c1
docker build -t two two
docker run --rm two > app.txt
docker build -t app .
