#!/bin/bash
set -e
docker image build --file=build/Dockerfile --tag=app:build .
docker container create --name=app-x app:build >/dev/null
docker container cp app-x:/app build/
docker container rm app-x
docker image build -fDockerfile -tapp:latest .
docker image rm app:build
