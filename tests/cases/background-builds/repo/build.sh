#!/bin/bash
docker build -t one -f one.Dockerfile . &
docker build -t two -f two.Dockerfile . &
wait
docker create --name c1 one; docker create --name c2 two
docker cp c1:/one . && docker cp c2:/two .
docker rm c1 c2
docker build -t app .
