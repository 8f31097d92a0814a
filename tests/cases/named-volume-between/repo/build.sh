#!/bin/bash
set -e
docker volume create outvol
docker build -t b -f Dockerfile.build .
docker run --rm -v outvol:/out b
docker run --rm -v outvol:/out alpine cat /out/app > app
docker volume rm outvol
docker build -t app .
