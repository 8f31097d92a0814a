#!/bin/sh
set -e
out=${OUT_DIR:-out/linux}
docker build -t var-tool .
id=$(docker create var-tool)
mkdir -p "$out"
docker cp "$id:/o/tool" "$out/tool-${VERSION:-dev}"
docker cp "$id:/o/lib" "$out"
docker rm "$id"
