#!/bin/bash
set -e
( cd tools && NAME=x && docker build -t tools-build . )
NAME=${NAME:-app}
( cd tools; c=$(docker create tools-build); docker cp $c:/t ../; docker rm $c >/dev/null )
docker build -t $NAME .
