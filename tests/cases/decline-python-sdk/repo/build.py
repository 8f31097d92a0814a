#!/usr/bin/env python3
import io, tarfile
import docker

client = docker.from_env()
image, logs = client.images.build(path=".", dockerfile="Dockerfile.build", tag="app:build")
container = client.containers.create("app:build")
bits, stat = container.get_archive("/out/app")
with open("app.tar", "wb") as out:
    for chunk in bits:
        out.write(chunk)
with tarfile.open("app.tar") as archive:
    archive.extractall(".")
container.remove()
client.images.build(path=".", tag="app:latest")
