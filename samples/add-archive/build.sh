#!/bin/bash
set -euo pipefail
docker build --tag site-builder --file Dockerfile.build .
docker create --name site-extract site-builder
docker cp site-extract:/work/site.tar.gz .
docker rm site-extract
docker build --tag site .
rm site.tar.gz
