#!/bin/bash
set -e

IMAGE=c-tools
CONTAINER=${IMAGE}-extract

# Behind a proxy the builds need it, too.
docker image build . \
    --build-arg HTTP_PROXY="$HTTP_PROXY" \
    --build-arg HTTPS_PROXY="$HTTPS_PROXY" \
    --build-arg NO_PROXY="$NO_PROXY" \
    --no-cache -f Dockerfile.build -t ${IMAGE}:build

docker container create --name ${CONTAINER} ${IMAGE}:build
docker container cp ${CONTAINER}:/usr/src/tools/sum .
docker container cp ${CONTAINER}:/usr/src/tools/count .
docker container rm ${CONTAINER}

docker image build . \
    --build-arg HTTP_PROXY="$HTTP_PROXY" \
    --build-arg HTTPS_PROXY="$HTTPS_PROXY" \
    --build-arg NO_PROXY="$NO_PROXY" \
    --no-cache -t ${IMAGE}:latest

rm -f sum count
