#!/bin/bash
set -e
for svc in web api; do
  docker build -t "demo-$svc-build" -f "$svc/Dockerfile.build" "$svc"
  docker create --name "x-$svc" "demo-$svc-build"
  docker cp "x-$svc:/out/." "$svc/out"
  docker rm "x-$svc"
  docker build -t "demo-$svc" "$svc"
done
