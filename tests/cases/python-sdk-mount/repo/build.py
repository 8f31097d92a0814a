import os

import docker

client = docker.from_env()
client.images.build(
    path=".", dockerfile="Dockerfile.build", tag="app:build", buildargs={"VERSION": os.environ.get("VERSION", "1")}
)
with open("version", "wb") as version:
    version.write(client.containers.run("app:build", "cat /out/version", remove=True))
os.makedirs("dist", exist_ok=True)
client.containers.run(
    "app:build",
    ["cp", "/out/app", "/target/app"],
    volumes={os.path.join(os.getcwd(), "dist"): {"bind": "/target", "mode": "rw"}},
    remove=True,
)
client.images.build(path=".", tag="app")
client.images.get("app").tag("registry.example.org/app", tag="1.0")
