#!/bin/bash
set -euo pipefail
OUT=${OUT:-dist}
rm -rf "$OUT" && mkdir -p "$OUT"
for arch in amd64 arm64; do
  docker build --build-arg ARCH=$arch -t "tool:$arch" .
  docker create --name "tool-$arch" "tool:$arch"
  docker cp "tool-$arch:/tool" "$OUT/tool-$arch"
  docker rm "tool-$arch"
done
box=$(docker create alpine true)
docker cp "$box":/etc/passwd "$OUT"/users
docker rm "$box" >/dev/null
ls -l "$OUT"
