#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker run --rm b tar -c -C /o e g | tar -x -C sub/d
docker build -t app .
