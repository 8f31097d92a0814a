#!/bin/bash
set -e
docker build --no-cache --rm=true --add-host db:10.0.0.1 -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/o/app .
docker rm b1
docker build --force-rm --label "org.built=by hand" --label n=1 --ulimit nofile=1024 -t app:1 -t app .
