#!/bin/bash
docker network create demo || true
docker run -d --name db --network demo -e POSTGRES_PASSWORD=x postgres:12
docker run -d --name web --network demo -p 80:80 -v "$PWD/conf:/etc/nginx/conf.d:ro" nginx
docker logs -f web
