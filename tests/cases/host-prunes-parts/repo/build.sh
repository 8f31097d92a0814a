#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
cid=$(docker create b)
docker cp "$cid:/pub" out
docker rm "$cid"
rm -rf out/docs
rm -f out/*.pdb
docker build -t app .
