import os
from plumbum import BG, FG, SshMachine, local

docker = local["docker"]
docker["build", "-t", "app:build", "-f", "Dockerfile.build", "."] & BG
with local.as_root():
    docker("create", "--name", "x", "app:build")
docker("cp", "x:/out/app", "app", stdin=os.devnull)
SshMachine("builder")["docker"]("rm", "x")
os.environ["DOCKER_BUILDKIT"] = "1"
docker["build", "-t", "app", "."] & FG
