#!/bin/sh
set -e
docker build -t b -f Dockerfile.build .
docker create -i --name s b sh -c 'sort > /two'
docker start -ai s < list.txt
docker cp s:/two app
docker rm s
docker build -t app .
