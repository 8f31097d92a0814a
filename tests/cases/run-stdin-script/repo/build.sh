#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker run -i --name b1 b sh < steps.sh
docker cp b1:/result .
docker rm b1
docker build -t app .
