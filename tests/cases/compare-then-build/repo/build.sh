#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/app app.new
docker rm b1
if cmp -s app.new app.old; then echo "unchanged"; else echo "changed"; fi
SIZE=$(wc -c < app.new)
echo "size $SIZE, sha $(sha256sum app.new | cut -d' ' -f1)"
mv app.new app
docker build -t app .
