#!/bin/bash
set -e
BASE=alpine
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/o/server .
docker rm b1
cat > Dockerfile.tmp <<EOT
FROM $BASE
COPY server /srv/server
ENV MODE=prod
ENTRYPOINT ["/srv/server"]
EOT
docker build -t app -f Dockerfile.tmp .
rm Dockerfile.tmp server
