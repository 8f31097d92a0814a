#!/bin/bash
rm -rf build
mkdir -p build/app
docker build -t web:build -f build.Dockerfile .
docker run --name extract -d web:build true
docker cp extract:/src/dist/. build/app
docker cp extract:/src/conf build/app/
docker rm -f extract
docker build -t app -f run.Dockerfile .
