#!/bin/bash
set -e
cd $TRAVIS_BUILD_DIR/app
docker build -t app-build .
cd ..
docker create --name app-out app-build
docker cp app-out:/app.bin ${TRAVIS_BUILD_DIR}/run/
docker rm app-out
docker build -t app run
