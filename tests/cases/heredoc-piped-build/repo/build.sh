#!/bin/bash
set -e
cat <<'EOD' | docker build -t b -
FROM alpine
RUN mkdir /o && echo app > /o/app && chmod 711 /o/app
EOD
mkdir -p ctx
id=$(docker create b)
docker cp $id:/o/app ctx/app
docker rm $id
cp files/Dockerfile ctx/
tar -C ctx -c . | docker build -t app -
rm -r ctx
