#!/bin/bash
docker build -t b -f Dockerfile.build .
docker create --name b1 b
eval "$(cat steps-$(hostname).txt)"
docker cp b1:/app .
docker build -t app .
