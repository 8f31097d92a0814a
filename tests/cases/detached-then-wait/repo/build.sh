#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
ID=$(docker run -d b sh -c 'sleep 1; echo made > /work/result')
docker wait $ID
docker logs $ID
docker cp $ID:/work/result .
docker rm $ID
docker build -t app .
