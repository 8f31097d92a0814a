#!/bin/sh
set -e
docker build -t app .
id=$(docker run -d app true)
docker export "$id" | docker import - app:squashed
docker rm -f "$id"
