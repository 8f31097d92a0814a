#!/bin/bash
set -e

extract() {
  local container
  container=$(docker create "$1")
  docker cp "$container:$2" "$3"
  docker rm "$container" >/dev/null
}

for part in api page; do
  docker build -t "two-builders:$part" -f "Dockerfile.$part" .
done

extract two-builders:api /bin/api api.bin
extract two-builders:page /page/page.txt page.txt

docker build -t two-builders:latest .
rm -f api.bin page.txt
