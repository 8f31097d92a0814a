#!/bin/sh
set -e
docker run --rm -v "$PWD":/go/src/tool -w /go/src/tool -e CGO_ENABLED=0 golang:1.13 \
    go build -o bin/tool .
docker build -t tool:latest .
rm -r bin
