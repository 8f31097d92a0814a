#!/bin/bash
set -e
docker run --rm -v "$PWD":/go/src/hello -w /go/src/hello golang:1.13 go build
docker build -t app .
