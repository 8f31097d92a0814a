#!/bin/bash
set -e
docker build -t app-build -f Dockerfile.build . > /dev/null
docker create --name app-out app-build
docker cp app-out:/app.bin app.bin
docker rm app-out
docker build -t app . > build.log 2>&1
