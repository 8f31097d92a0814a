#!/bin/bash
set -e
docker build -t mk -f Dockerfile.build .
docker run --name mkrun -e FLAVOUR=dark -w /work/deep -u 1000:1000 mk release 'a b'
docker cp mkrun:/work/deep/out.txt out.txt
docker rm mkrun
docker build -t app .
