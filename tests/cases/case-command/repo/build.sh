#!/bin/bash
set -e
build() { docker build -t b -f Dockerfile.build .; }
extract() { docker create --name b1 b; docker cp b1:/app app; docker rm b1; }
package() { docker build -t app .; }
clean() { rm -f app; docker rmi b app || true; }
case "${1:-all}" in
  build) build ;;
  package) package ;;
  clean) clean ;;
  all) build; extract; package ;;
  *) echo "?"; exit 2 ;;
esac
