#!/bin/bash
set -e
docker build -t pkg .
docker create --name pkg-x pkg
docker cp pkg-x:/dist ./dist
docker rm pkg-x
tar czf dist.tar.gz dist
rm -rf dist
