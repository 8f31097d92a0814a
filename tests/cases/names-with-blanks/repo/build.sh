#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker create --name x1 b
docker cp "x1:/o/My App" "./My Files"
docker cp x1:'/o/read me.txt' .
docker rm x1
docker build -t app .
