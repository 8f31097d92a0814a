#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker run --rm b cat /go/bin/app > app
chmod +x app
docker build -t app .
