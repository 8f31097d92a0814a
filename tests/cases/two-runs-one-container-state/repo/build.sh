#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker run -d --name b1 b sleep 600
docker exec b1 mkdir -p /w/out
docker exec -u root -w /w b1 sh -c 'cp in.txt out/a && chown 1000 out/a'
docker exec b1 /bin/sh -c "cat /w/in.txt >> /w/out/b"
docker stop -t 0 b1
docker cp b1:/w/out out
docker rm b1
docker build -t app .
