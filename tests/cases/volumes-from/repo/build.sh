#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker run --name maker b
docker run --rm --volumes-from maker -v "$PWD:/host" alpine cp /out/app /host/app
docker rm -v maker
docker build -t app .
