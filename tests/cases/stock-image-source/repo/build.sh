#!/bin/bash
set -e
id=$(docker create alpine:latest)
docker cp $id:/etc/passwd ./release
docker cp $id:/usr ./share
docker rm -v $id
docker build -t app .
