#!/bin/bash
set -e
docker build -t b .
docker run --rm b | docker build -t app -f Dockerfile.run -
