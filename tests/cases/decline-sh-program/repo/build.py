import sh
from sh import docker

docker.build("-t", "app:build", "-f", "Dockerfile.build", ".", _bg=True)
container = docker.create("app:build")
docker.cp(container, "app")
with sh.contrib.sudo:
    docker.rm("x", _env={"DOCKER_HOST": "tcp://builder:2375"})
docker.build(".", t="app")
