#!/bin/sh
docker build -t app . && docker run --rm -p 8080:80 app
