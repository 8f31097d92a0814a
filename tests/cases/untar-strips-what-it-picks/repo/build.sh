#!/bin/sh
set -e
docker build -t parts -f Dockerfile.build .
docker run --rm parts tar -cz opt/tool | tar -xz --strip-components=1
mkdir -p etc
docker run --rm -w /opt parts tar -c ./conf ./notes | tar -x -C etc --strip=2 ./conf
mkdir -p all
docker run --rm parts tar -c -C /opt . | tar -x -C all --strip-components 1
id=$(docker create parts)
docker cp "$id":/opt - | tar -xO opt/notes/first > first.txt
docker cp "$id":/opt/. - | tar -x --strip-components=1 ./notes
docker rm "$id"
docker build -t app .
