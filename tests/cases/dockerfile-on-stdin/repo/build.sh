#!/bin/bash
set -e
docker build -t b -f- . <<'EOD'
FROM alpine
RUN mkdir -p /o && echo app > /o/app
EOD
docker create --name b1 b
docker cp b1:/o/app .
docker rm b1
docker build -t app -f - . <<EOD
FROM alpine
COPY app /app
COPY extra.txt /
CMD ["/app"]
EOD
