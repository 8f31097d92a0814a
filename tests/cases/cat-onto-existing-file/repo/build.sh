#!/bin/sh
set -e
docker build -t demo-build -f Dockerfile.build .
docker run --rm demo-build cat /tool > tool.sh
cp tool.sh tool
docker build -t app .
