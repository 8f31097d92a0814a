#!/bin/bash
set -e
top=${TOP:-$(pwd)}
cd "$top"
pushd "${APP_DIR:-app}" > /dev/null
docker build -t app-build .
popd > /dev/null
docker create --name app-out app-build
docker cp app-out:/app.bin "${RUN_DIR:-run}/app.bin"
docker rm app-out
docker build -t app "${RUN_DIR:-run}"
