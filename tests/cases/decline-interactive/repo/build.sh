#!/bin/bash
docker build -t b -f Dockerfile.build .
docker create --name b1 b
echo "which flavour?"
read -r flavour
docker cp "b1:/out/$flavour" app
docker rm b1
docker build -t app .
