#!/bin/bash
set -e
docker build -t greet:wheel -f Dockerfile.build .
docker run --detach --name greet-wheel greet:wheel sleep 60 > /dev/null
docker cp greet-wheel:/wheels wheels
docker rm --force greet-wheel > /dev/null
docker build -t greet:1.0 .
rm -rf wheels
