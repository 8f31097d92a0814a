#!/bin/sh
set -e
docker build -t hello-builder .
docker run --rm hello-builder | docker build -t hello -
