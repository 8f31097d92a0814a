#!/bin/bash
tag=latest
quiet=
while [ $# -gt 0 ]; do
  case $1 in
    -t|--tag) tag=$2; shift 2 ;;
    --quiet) quiet=-q; shift ;;
    -h|--help) echo "usage: $0 [--tag TAG]"; exit 0 ;;
    *) echo "unknown: $1" >&2; exit 1 ;;
  esac
done
docker build $quiet -t app-build:$tag -f Dockerfile.build . || exit 1
docker run --name extract-$tag app-build:$tag /bin/true
docker cp extract-$tag:/app .
docker rm extract-$tag
docker build $quiet --build-arg TAG=$tag -t app:$tag .
