#!/bin/bash
set -e
docker build -t b https://github.com/example/tool.git#v1
docker create --name b1 b
docker cp b1:/app .
docker rm b1
docker build -t app .
