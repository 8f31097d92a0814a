#!/bin/bash
set -e
mkdir -p stage
docker build -t b -f Dockerfile.b .
c=`docker create b`
docker cp $c:/o/dist stage/
cp -R stage/dist out
cp -R stage/dist out
docker rm $c
docker build -t app .
