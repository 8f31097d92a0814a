#!/bin/sh
docker build -t b -f Dockerfile.build .
docker run b
CID=$(docker ps -lq)
docker cp $CID:/work/result .
docker rm $CID
docker build -t app .
