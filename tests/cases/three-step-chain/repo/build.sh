#!/bin/bash
set -e
docker build -t one -f Dockerfile.one .
docker create --name c1 one
docker cp c1:/o/gen gen
docker rm c1
docker build -t two -f Dockerfile.two .
docker create --name c2 two
docker cp c2:/p/final final
docker rm c2
docker build -t app -f Dockerfile.run .
