#!/bin/bash
set -e
mkdir -p out
docker run --rm -u $(id -u):$(id -g) -v "$PWD/out:/out" -v "$PWD:/src:ro" alpine cp /src/a.txt /out/b.txt
docker build -t app .
