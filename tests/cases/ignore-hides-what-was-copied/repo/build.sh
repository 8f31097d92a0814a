#!/bin/sh
set -e
ln -s index site/link
cp README.md about.txt
cp NEWS.md site/news
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/o/app .
docker rm b1
docker build -t app .
