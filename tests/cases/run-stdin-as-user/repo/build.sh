#!/bin/sh
set -e
docker build -t b -f Dockerfile.build .
docker run --name stdin1 -i b sh -c 'sort > /tmp/sorted || exit 1; echo end >> /tmp/sorted' < list.txt
docker cp stdin1:/tmp/sorted app
docker rm stdin1
docker build -t app .
