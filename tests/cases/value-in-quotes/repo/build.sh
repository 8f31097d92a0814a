#!/bin/bash
set -e
WHO=${WHO:-me}
docker build -t b -f Dockerfile.build .
docker run --name b1 b sh -c "echo 'hello $WHO' > /a; echo \"bye $WHO\" >> /a"
docker cp b1:/a .
docker rm b1
docker build -t app .
