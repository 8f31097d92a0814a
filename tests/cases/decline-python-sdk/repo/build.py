import docker

client = docker.from_env()
client.api.build(path=".", dockerfile="Dockerfile.build", tag="app:unread")
client.images.build(path=".", dockerfile="Dockerfile.build", tag="app:build", container_limits={"memory": 1})
container = client.containers.create("app:build", network_disabled=True)
client.containers.run("app:build", volumes=["./out:/out"])
client.swarm.init()
client.images.build(path="left-out", tag="left-out")
client.images.build(path=".", tag="app:latest")
