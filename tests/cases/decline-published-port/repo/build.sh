#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker run -d -p 8080:80 --name b1 b
curl -o app http://localhost:8080/app
docker rm -f b1
docker build -t app .
