#!/bin/bash
set -e
umask 077
docker build -t b -f Dockerfile.build .
docker run --rm b cat /o/app > app
docker create --name b1 b
docker cp b1:/o/lib .
docker rm b1
chmod -R go-rwx lib
chmod 500 app
docker build -t app .
