#!/bin/bash
set -e
cd "$PART"
cd ..
docker build -t app-build app
docker create --name app-out app-build
docker cp app-out:/app.bin run/app.bin
docker rm app-out
docker build -t app run
