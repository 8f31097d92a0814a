import docker
import tooling


class Builder(tooling.Step):
    def __init__(self):
        self.client = docker.from_env()

    def run(self):
        self.client.images.build(path=".", dockerfile="Dockerfile.build", tag="app:build")
        container = self.client.containers.create("app:build")
        bits, _ = container.get_archive("/out/app")
        with open("app.tar", "wb") as out:
            out.writelines(bits)


Builder().run()
