#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker run --rm b sh -c 'cat /a /b' > both
docker build -t app .
