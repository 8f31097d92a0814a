#!/bin/bash
docker build -t app-test .
docker run --name t app-test
docker cp t:/reports ./reports
docker rm t
