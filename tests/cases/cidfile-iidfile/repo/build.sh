#!/bin/bash
set -e
docker build --iidfile .iid -f Dockerfile.build .
docker create --cidfile .cid $(cat .iid)
docker cp $(cat .cid):/o/app ./app
docker rm `cat .cid`
rm -f .cid .iid
docker build -t app .
