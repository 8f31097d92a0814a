#!/bin/bash
set -e
OPTS="--rm"
NOCACHE=
[ "$1" = "--no-cache" ] && NOCACHE="--no-cache"
[ -n "$FRESH" ] && OPTS="$OPTS --no-cache"
TTY=
if [ -t 1 ]; then TTY="-it"; fi
docker build $OPTS $NOCACHE -t b -f Dockerfile.build .
docker run $TTY --name c1 b sh -c 'echo hi > /app'
docker cp c1:/app app; docker rm c1
docker build $OPTS $NOCACHE -t run .
