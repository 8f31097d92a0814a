#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
id=$(docker create b)
docker cp $id:/out/app .
docker rm $id
if (( RANDOM % 2 )); then cp app other; else echo none > other; fi
docker build -t app .
