#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
c=$(docker create b)
docker cp $c:/out/app - | tar -xO > app.bin
docker cp $c:/out - | tar -x out/sub
docker rm $c
mv out/sub conf
docker build -t app .
