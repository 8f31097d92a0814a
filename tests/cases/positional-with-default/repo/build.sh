#!/bin/bash
if [ -z "$1" ]; then
  echo "usage: $0 VERSION [PLATFORM]"
  exit 1
fi
VERSION=$1
FLAVOUR=${2:-plain}
set -e
docker build --build-arg FLAVOUR=$FLAVOUR -t app-builder:$VERSION -f Dockerfile.build .
CONTAINER=$(docker run -d app-builder:$VERSION tail -f /dev/null)
docker cp $CONTAINER:/dist ./dist
docker stop -t 0 $CONTAINER && docker rm $CONTAINER
docker build -t app:$VERSION .
rm -rf ./dist
