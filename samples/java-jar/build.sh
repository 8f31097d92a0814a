#!/bin/sh -e
docker build -t greeter-builder -f Dockerfile.build .
docker create --name greeter-extract greeter-builder
mkdir -p target
docker cp greeter-extract:/build/greeter.jar target/greeter.jar
docker rm greeter-extract
docker build -t greeter .
rm -r target
