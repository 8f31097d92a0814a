#!/bin/sh
set -e
docker build -t b -f Dockerfile.build .
docker create -i --name stdin1 b sh -c 'sort > /two'
docker start -ai stdin1 < list.txt
docker cp stdin1:/two app
docker rm stdin1
docker build -t app .
