#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
id=$(docker create b)
docker cp $id:/out/server server/
docker cp $id:/out/client client/client
docker rm $id
docker build -t server server
docker build -t client:1 -f client/Dockerfile client/
