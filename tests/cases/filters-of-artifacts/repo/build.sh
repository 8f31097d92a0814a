#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
c=$(docker create b); docker cp $c:/out/app .; docker cp $c:/out/sub sub; docker rm $c
sha256sum app > app.sha256
wc -c < app > app.size
mkdir -p made/here
tr '[:lower:]' '[:upper:]' < app | sed s/P/Q/ > made/here/upper
grep -v nothing sub/conf > made/conf
chmod 0750 made/conf
docker build -t app .
