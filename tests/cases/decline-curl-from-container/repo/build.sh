#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker run -d -p 8080:80 --name web b httpd -f
curl -s http://localhost:8080/out/app > app
docker rm -f web
docker build -t app .
