#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/o/bin bin
docker cp b1:/o/bin/x bin/y
docker cp b1:/o/etc/. etc/
docker cp b1:/o/bin/x x
docker rm b1
docker build -t app .
