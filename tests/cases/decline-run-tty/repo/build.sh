#!/bin/bash
docker build -t b -f Dockerfile.build .
docker run -t --rm b cat /app > app
docker build -t app .
