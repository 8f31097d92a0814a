#!/bin/bash
set -e
cd "$1"
docker build -t app-build .
cd - > /dev/null
docker create --name app-out app-build
docker cp app-out:/app.bin run/app.bin
docker rm app-out
docker build -t app run
