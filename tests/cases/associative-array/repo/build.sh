#!/bin/bash
set -e
declare -A recipe args
recipe[build]=Dockerfile.build
recipe[ferry]=Dockerfile
args=([LINE]=north [DECK]=two)

options=()
for name in "${!args[@]}"; do
  options+=(--build-arg "$name=${args[$name]}")
done

for image in build ferry; do
  docker build -t "ferry-$image" -f "${recipe[$image]}" "${options[@]}" .
  if [ "$image" = build ]; then
    id=$(docker create ferry-build)
    docker cp "$id:/out/timetable" timetable
    docker rm "$id"
  fi
done
docker tag ferry-ferry ferry:latest
