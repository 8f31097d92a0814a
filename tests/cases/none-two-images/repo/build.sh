#!/bin/bash
for name in web worker; do
  docker build -t "demo/$name" -f "$name.Dockerfile" .
done
