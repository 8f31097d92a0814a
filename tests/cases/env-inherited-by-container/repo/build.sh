#!/bin/bash
set -e
export DOCKER_BUILDKIT=1 BUILD_NO=${BUILD_NO:-7}
docker build --build-arg BUILD_NO -t b -f Dockerfile.build .
docker run --name c1 -e BUILD_NO -e "MSG=a 'q' \"d\" \$x" b sh -c 'printf "%s|%s|%s\n" "$BUILD_NO" "$MSG" "$HOME" > /res'
docker cp c1:/res .
docker rm c1
docker build -t app:$BUILD_NO .
