#!/bin/bash
set -e
docker build -t api:build ./api
docker create --name api-x api:build
docker cp api-x:/work/api ./deploy/files/api
docker rm api-x
docker build -t app ./deploy
