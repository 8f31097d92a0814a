#!/bin/bash
set -e
PORT=8080
docker build -t b -f Dockerfile.build .
docker create --name b1 b
docker cp b1:/o/server .
docker rm b1
mkdir -p conf
cat > conf/app.ini <<EOT
[server]
port = $PORT
name = "it's here"
EOT
docker build -t app .
