#!/bin/bash
set -e
id=$(docker create alpine:latest)
docker cp $id:/etc/alpine-release ./release
docker cp $id:/usr/share ./share
docker rm -v $id
docker build -t app .
