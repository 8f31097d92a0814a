#!/bin/bash
set -e
docker build -q -t b -f Dockerfile.build .
docker run --rm b cat /go/bin/app > app
docker build -t app .
