#!/bin/bash
set -e
docker run --rm \
  --mount type=bind,source="$(pwd)"/src,target=/code \
  -v "$HOME/.m2:/root/.m2" \
  -w /code \
  alpine sh -c "mkdir -p target && cat *.txt > target/all"
docker build -t app -f Dockerfile src
