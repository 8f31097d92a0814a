#!/bin/bash
set -e
docker run --rm -v $PWD:/app -w /app node:8 npm install && npm run build
docker build -t app .
