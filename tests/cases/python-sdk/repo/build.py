#!/usr/bin/env python3
import io
import tarfile
import docker

client = docker.from_env()


def build(dockerfile, tag):
    try:
        image, logs = client.images.build(path=".", dockerfile=dockerfile, tag=tag, rm=True)
        for line in logs:
            if "stream" in line:
                print(line["stream"].rstrip())
        return image
    except docker.errors.BuildError as error:
        for line in error.build_log:
            print(line)
        raise


def main():
    image = build("Dockerfile.build", "app:build")
    container = client.containers.create(image.id)
    try:
        bits, stat = container.get_archive("/out/app")
        data = io.BytesIO()
        for chunk in bits:
            data.write(chunk)
        data.seek(0)
        with tarfile.open(fileobj=data) as archive:
            archive.extractall(".")
    finally:
        container.remove(force=True)
    build("Dockerfile", "app:latest")


if __name__ == "__main__":
    main()
