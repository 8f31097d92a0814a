#!/bin/bash
set -e
docker build -t b -f Dockerfile.build .
docker run --name b1 --entrypoint /bin/sh b -c 'printf "%s\n" "it'"'"'s \$5" "two  blanks" > /result; cat /etc/passwd | head -1 >> /result'
docker cp b1:/result .
docker rm b1
docker build -t app .
