#!/bin/sh
docker build -t b -f Dockerfile.build . || exit 1
docker create --name b1 b
docker cp b1:/app app
docker rm b1
echo "FROM alpine" > Dockerfile
echo "COPY app /usr/bin/app" >> Dockerfile
printf 'ENTRYPOINT ["%s"]\n' /usr/bin/app >> Dockerfile
docker build -t app .
rm -f Dockerfile app
