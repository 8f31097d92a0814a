#!/bin/bash
set -e
cd "$(dirname "${BASH_SOURCE[0]}")"

docker build -t words-builder builder/

mkdir runtime/data
docker create --name words words-builder
docker cp words:/build/out/. runtime/data/
docker rm words

pushd runtime
docker build -t words .
popd
rm -r runtime/data
