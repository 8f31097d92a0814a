#!/bin/bash
set -e
docker run --rm -v "$PWD/pipeline":/pipeline -v "$PWD/conf/.cache":/work/.cache -w /pipeline alpine sh -c "cat step.txt /work/.cache/seed > all.txt"
docker build -t app .
