#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/o dist
docker rm b1
chmod -R a+rX dist
chmod 755 dist/run.sh
sudo chown -R root:root dist
docker build -t app .
