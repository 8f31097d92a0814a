#!/bin/sh
set -e
docker build -t b -f Dockerfile.build .
docker run -d --name s b sleep 100
curl -s https://example.org/x | docker exec -i s sh -c 'cat > /two'
docker cp s:/two app
docker rm s
docker build -t app .
