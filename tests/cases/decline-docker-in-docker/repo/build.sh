#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker run --rm -v /var/run/docker.sock:/var/run/docker.sock -v $PWD:/work b
docker build -t app .
