#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/app .
docker rm b1
docker build -t app .
docker run --rm --privileged --net host app sh -c 'cat /app > /tmp/seen'
docker run -d -p 18080:80 --name probe app sleep 1
docker rm -f probe
