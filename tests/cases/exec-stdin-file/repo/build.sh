#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker run -d --name b1 b sleep 600
docker exec -i b1 sh -c 'cat > /conf' < conf
docker cp b1:/conf out
docker rm -f b1
docker build -t app .
