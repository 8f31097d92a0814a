#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker run -d --name live b sleep 1000
docker exec live sh -c 'echo one > /o/one'
docker exec -w /o -e X=2 live sh -c 'echo $X > two'
docker commit live b:done
docker rm -f live
docker create --name out b:done
docker cp out:/o .
docker rm out
docker build -t app .
