#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
id=$(docker create b)
docker export $id > fs.tar
docker rm $id
tmp=$(mktemp -d)
tar -xf fs.tar -C $tmp
mkdir app
cp -a $tmp/opt/app/. app/
cp $tmp/etc/app.conf app/
rm -rf $tmp fs.tar
docker build -t app .
