#!/bin/bash
set -e
docker build -t app -f Dockerfile.build .
docker run --name xc app true
docker cp xc:/o/server server
docker rm xc
docker build -t app:latest .
