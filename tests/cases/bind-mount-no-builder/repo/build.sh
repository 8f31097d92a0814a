#!/bin/bash
set -e
docker run --rm -v "$PWD":/src -w /src alpine sh -c 'mkdir -p bin && cat a.txt b.txt > bin/ab'
docker build -t app .
