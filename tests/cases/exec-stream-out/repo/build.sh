#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker run -d --name b1 b sleep 600
docker exec b1 tar cf - -C /srv www > www.tar
docker exec -i b1 cat /srv/conf > conf
docker rm -f b1
docker build -t app .
