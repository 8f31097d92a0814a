#!/bin/bash
set -e
ROOT="$PWD"
docker build -t demo-build -f Dockerfile.build .
docker create --name demo-extract demo-build
docker cp demo-extract:/out ./out
docker rm demo-extract
mkdir libs
gunzip out/*.gz
for f in out/*.conf; do
  sed -i s/old/new/ "$f"
done
mv "$ROOT"/out/*.so libs/
chmod 0600 out/*.key
docker build -t app .
rm -rf out libs
