import argparse, logging, shutil, sys
from pathlib import Path
import docker
from docker.errors import APIError, BuildError, NotFound
import tarfile, tempfile
log = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parent

def extract(client, tag, source, target: Path):
    container = client.containers.create(tag, name="extract")
    try:
        with tempfile.TemporaryDirectory() as folder:
            archive = Path(folder) / "out.tar"
            bits, _ = container.get_archive(source)
            with archive.open("wb") as stream:
                for chunk in bits:
                    stream.write(chunk)
            with tarfile.open(archive) as tar:
                tar.extractall(folder)
            shutil.copy(Path(folder) / "app", target)
    finally:
        container.remove()

def main(argv=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("--tag", default="latest")
    parser.add_argument("--push", action="store_true")
    args = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO)
    client = docker.from_env()
    try:
        client.containers.get("extract").remove(force=True)
    except NotFound:
        pass
    log.info("building")
    client.images.build(path=str(ROOT), dockerfile="Dockerfile.build", tag="app:build")
    extract(client, "app:build", "/out/app", ROOT / "app")
    try:
        image, _ = client.images.build(path=str(ROOT), tag=f"app:{args.tag}", labels={"a": "b"})
    except BuildError as e:
        print(e, file=sys.stderr)
        return 1
    print(image.tags, image.short_id)
    if args.push:
        for line in client.images.push("app", tag=args.tag, stream=True, decode=True):
            print(line)
    (ROOT / "app").unlink()
    return 0

if __name__ == "__main__":
    sys.exit(main())
