import os
import tarfile
import tempfile

from docker import APIClient
HERE = os.path.dirname(os.path.abspath(__file__))
cli = APIClient(base_url=os.environ.get("DOCKER_HOST", "unix://var/run/docker.sock"))
for line in cli.build(path=HERE, dockerfile="Dockerfile.build", tag="app:build", decode=True):
    print(line.get("stream", ""), end="")
ctr = cli.create_container(image="app:build", command="true")
strm, stat = cli.get_archive(ctr["Id"], "/out/app")
with tempfile.NamedTemporaryFile() as tmp:
    for chunk in strm:
        tmp.write(chunk)
    tmp.flush()
    tmp.seek(0)
    tar = tarfile.open(fileobj=tmp, mode="r|*")
    tar.extractall(HERE)
    tar.close()
cli.remove_container(ctr, force=True)
[print(line) for line in cli.build(path=HERE, tag="app:latest", rm=True, decode=True)]
