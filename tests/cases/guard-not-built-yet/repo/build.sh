#!/bin/bash
if [ ! -f app.bin ]; then
  docker build -t b -f Dockerfile.build . || exit 1
  docker run --name x1 b true
  docker cp x1:/app.bin .
  docker rm x1
fi
[ -e app.bin ] && docker build -t app .
