#!/bin/bash
set -e
docker volume create tool-cache
docker build -t b -f Dockerfile.build .
docker run --name c1 -e MODE=fast -u 1000:1000 -v "$HOME/.m2:/home/me/.m2" -v tool-cache:/var/.cache/tool b
docker run --name c2 -v ~/.npm:/root/.npm:ro -v tool-cache:/root/.cache alpine sh -c "echo two > /two && echo x > /root/.cache/x"
docker cp c1:/out/app app
docker cp c2:/two two
docker rm c1 c2
docker build -t app .
