#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker run --name b1 --env-file build.env -e MODE=fast b
docker cp b1:/result .
docker rm b1
docker build -t app .
