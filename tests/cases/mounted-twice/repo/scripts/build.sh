#!/usr/bin/env bash
set -e
ROOT="$PWD"
PLACE=/work/src
docker run --rm -v "${ROOT}:${PLACE}" -w "${PLACE}" alpine sh -c 'cat one.txt > one.out'
docker run --rm -v "${ROOT}:${PLACE}" -w "${PLACE}" alpine sh -c 'cat two.txt one.out > two.out'
docker build -f "${ROOT}/Dockerfile" -t app "${ROOT}"
rm -f "${ROOT}"/*.out
