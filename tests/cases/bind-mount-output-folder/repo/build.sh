#!/bin/bash
set -e
mkdir -p out
docker build -t toolchain toolchain
docker run --rm -v $(pwd)/src:/src:ro -v $(pwd)/out:/out toolchain
docker build -t app .
