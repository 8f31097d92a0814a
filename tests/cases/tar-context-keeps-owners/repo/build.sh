#!/bin/bash
set -eo pipefail
docker build -t b .
docker run --rm b tar -C /pkg -cf - . | docker build -t app -f Dockerfile.final -
