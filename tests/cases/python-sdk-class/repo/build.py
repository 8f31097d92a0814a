import docker


class Builder:
    tag = "app:build"

    def __init__(self, client=None):
        self.client = client or docker.from_env()

    def image(self, tag, dockerfile="Dockerfile"):
        return self.client.images.build(path=".", dockerfile=dockerfile, tag=tag)[0]

    def run(self):
        self.image(self.tag, "Dockerfile.build")
        container = self.client.containers.create(self.tag)
        try:
            bits, _ = container.get_archive("/out/app")
            with open("app.tar", "wb") as out:
                out.writelines(bits)
        finally:
            container.remove()
        self.image("app")


if __name__ == "__main__":
    Builder().run()
