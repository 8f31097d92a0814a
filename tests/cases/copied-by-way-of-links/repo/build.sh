#!/bin/sh
set -e
docker build -t app:build -f Dockerfile.build .
docker create --name made app:build
mkdir -p releases/2 settings
ln -s 2 releases/latest
ln -s releases/latest current
ln -s ../run.conf settings/run.conf
ln -s app.tmp app.link
docker cp made:/out/app current
docker cp made:/out/app app.link
docker cp made:/out/conf/. releases/latest
docker rm made
echo mode=fast > settings/run.conf
rm app.link
ln -s missing dangling
rm dangling
docker build -t app .
