#!/bin/sh
set -e
docker build -t app:build -f Dockerfile.build .
docker run --name made app:build sh -c 'false | cat; echo "ran: [$MODE]" >> /out/app; false; echo end >> /out/app'
docker cp made:/out/app app
docker commit made tool:base
docker create --name plain app:build
docker commit plain tool:plain
docker build -t tool -f Dockerfile.tool .
docker build -t other --build-arg FROM=tool:plain -f Dockerfile.tool .
docker create --name one tool
docker create --name two other
docker cp one:/out/tool tool
docker cp two:/out/tool other
docker rm made plain one two
docker build -t app .
