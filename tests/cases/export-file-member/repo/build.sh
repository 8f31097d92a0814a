#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
id=$(docker create b)
docker export -o fs.tar $id
docker rm $id
tar -xf fs.tar opt/app
docker build -t app .
