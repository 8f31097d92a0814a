#!/bin/sh
set -e
docker build -t b -f Dockerfile.build .
docker run -d --name stdin1 b sleep 100
curl -s https://example.org/x | docker exec -i stdin1 sh -c 'cat > /two'
docker cp stdin1:/two app
docker rm stdin1
docker build -t app .
