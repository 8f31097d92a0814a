#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker run --name c1 -v ~/.cache/tool:/root/.cache/tool -v ~/.m2:/root/.m2 b sh -c "mkdir -p /root/.cache/tool && echo app > /app"
docker cp c1:/app app
docker rm c1
docker build -t app .
