#!/bin/bash
set -e
docker build -t svc-build -f Dockerfile.build .
docker run --name svc-build-run svc-build
docker cp svc-build-run:/work/bin/svc bin/
docker rm svc-build-run
docker build -t app .
