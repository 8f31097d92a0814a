#!/bin/sh
set -e
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/o/dist out
docker cp b1:/o/more/. out/plugins
docker cp b1:/o/more/. out/new
cp about.txt out/plugins/
docker rm b1
docker build -t app .
