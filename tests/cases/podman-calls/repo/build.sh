#!/bin/bash
set -e
podman build -t localhost/b -f Containerfile.build .
id=$(podman create localhost/b)
podman cp $id:/o/app .
podman rm $id
podman build -t localhost/app -f Containerfile .
