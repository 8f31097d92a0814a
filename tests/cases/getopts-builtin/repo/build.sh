#!/bin/bash
while getopts "v:n" opt; do
  case "$opt" in
    v) VERSION="$OPTARG" ;;
    n) NOCACHE=--no-cache ;;
    *) exit 2 ;;
  esac
done
shift $((OPTIND - 1))
docker build $NOCACHE -t b:${VERSION} -f Dockerfile.build .
docker create --name b-x b:${VERSION}
docker cp b-x:/app app
docker rm b-x
docker build $NOCACHE -t app:${VERSION} .
