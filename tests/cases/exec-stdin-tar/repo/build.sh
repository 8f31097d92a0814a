#!/bin/sh
set -e
docker build -t b -f Dockerfile.build .
cid=$(docker run -d b sleep 1000)
tar -C src -cf - . | docker exec -i "$cid" tar -xf - -C /work
tar c src | sudo docker exec -i $cid tar x
docker exec $cid sh -c 'find . -type f | sort | xargs ls -l | cut -c1-10 > /tmp/modes; cat /tmp/modes a/main.c src/b.c > app'
docker cp $cid:/work/app .
docker rm -f $cid
docker build -t app .
