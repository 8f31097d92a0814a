#!/bin/sh
set -e
echo "1.4.2" > src/VERSION
printf 'mode=build\n' > src/settings
chmod 600 src/settings
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/o/app .
docker rm b1
printf 'mode=run\n' > src/settings
docker build -t app .
