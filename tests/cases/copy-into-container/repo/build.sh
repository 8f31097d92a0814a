#!/bin/bash
set -e
docker create --name comp -w /src alpine sh -c 'cat src/*.txt > result && chmod 700 result'
docker cp . comp:/src
docker start -a comp
docker cp comp:/src/result ./result
docker rm comp
docker build -t app .
