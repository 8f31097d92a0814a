#!/bin/bash
set -e
docker build -t b -f builder/Dockerfile builder
docker create --name b1 b
docker cp b1:/src/server ./server
docker rm b1
docker build -t app .
