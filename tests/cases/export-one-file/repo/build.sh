#!/bin/bash
set -e
docker build -t pkg .
docker create --name pkg-x pkg
docker cp pkg-x:/dist/app.deb ./dist/
docker rm pkg-x
