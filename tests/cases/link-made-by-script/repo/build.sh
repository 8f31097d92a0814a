#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
c=$(docker create b)
docker cp $c:/out release-tmp
docker rm $c
mv release-tmp "release-$(cat VERSION)"
ln -s "release-$(cat VERSION)" current
cp LICENSE "release-$(cat VERSION)/"
docker build --build-arg VERSION=$(cat VERSION) -t app .
