#!/bin/sh
set -e
docker build -t app:build -f Dockerfile.build .
docker run --rm -v "$PWD:/w" -w /w app:build sh -c 'mkdir -p made && cp /out/app made/'
. scripts/finish.sh
