#!/usr/bin/env bash
# Builds the app image.
set -euo pipefail

cd "$(dirname "$0")"
VERSION=${VERSION:-dev}
TMP=$(mktemp -d)
cleanup() {
  rm -rf "$TMP" app
  docker rmi -f "$BUILDER" >/dev/null 2>&1 || true
}
trap cleanup EXIT

echo "==> compiling"
BUILDER=$(docker build -q -f Dockerfile.build .)
CID=$(docker create "$BUILDER")
docker cp "$CID:/out/app" - | tar -x -C "$TMP"
docker rm "$CID" >/dev/null
cp "$TMP/app" app
chmod +x app

echo "==> building acme/app:$VERSION"
docker build -t "acme/app:$VERSION" .
docker save "acme/app:$VERSION" | gzip > "app-$VERSION.tar.gz"
echo "==> done: app-$VERSION.tar.gz"
