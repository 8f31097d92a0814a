#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker run --device /dev/kvm --name b1 b sh -c 'ls -l /dev/kvm > /app'
docker cp b1:/app .
docker build -t app .
