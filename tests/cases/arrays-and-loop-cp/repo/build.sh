#!/bin/bash
set -e
bins=(alpha beta "gamma ray")
args=(--build-arg MODE=release)
pushd builder > /dev/null
docker build "${args[@]}" -t tools .
popd > /dev/null
cid=$(docker create tools)
mkdir -p image/bin
for b in "${bins[@]}"; do
  docker cp "$cid:/out/$b" "image/bin/$b"
done
docker rm "$cid" > /dev/null
cd image
docker build -t app .
