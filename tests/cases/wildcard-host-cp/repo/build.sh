#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/o/target .
docker rm b1
cp target/app-*.jar docker/app.jar
docker build -t app docker
