#!/bin/sh
set -e
docker build -t b -f Dockerfile.build .
docker run --name s -i b sh -c 'sort > /tmp/sorted || exit 1; echo end >> /tmp/sorted' < list.txt
docker cp s:/tmp/sorted app
docker rm s
docker build -t app .
