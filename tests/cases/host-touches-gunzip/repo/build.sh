#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/o/data.gz .
docker cp b1:/o/app.conf conf/
docker rm b1
gunzip data.gz
sed -i 's/@ENV@/prod/' conf/app.conf
docker build -t app .
