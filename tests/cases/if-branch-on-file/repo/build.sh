#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker create --name b1 b
if [ -d conf ]; then
  docker cp b1:/app conf/app
else
  docker cp b1:/app app
fi
docker rm b1
if [[ "$OSTYPE" == darwin* ]]; then echo mac; fi
docker build -t app .
