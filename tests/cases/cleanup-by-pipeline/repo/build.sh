#!/bin/bash
docker ps -a | grep b1 | awk '{print $1}' | xargs --no-run-if-empty docker rm -f
docker images -f dangling=true -q | xargs -r docker rmi
docker build -t b -f Dockerfile.build . || exit
docker create --name b1 b
docker cp b1:/app - | tar x
chmod 755 app
docker rm b1
docker build -t app .
