#!/bin/bash
set -e
V=${VERSION:-1.0}
docker build -t rel -f Dockerfile.build --build-arg V=$V .
id=$(docker create rel)
mkdir -p release/bin
docker cp $id:/out/app release/bin/app-$V
docker cp $id:/out/docs ./release
docker cp $id:/etc/tool/. ./release/etc-files
docker cp $id:/out/latest release/latest
docker rm $id
rm release/docs/internal.txt
chmod 700 release/bin/app-$V
mv release/docs release/manual
tar czf release.tar.gz release
