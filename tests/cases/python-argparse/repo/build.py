import argparse
from subprocess import run

parser = argparse.ArgumentParser()
parser.add_argument("--tag", default="latest")
parser.add_argument("--push", action="store_true", help="push afterwards")
args = parser.parse_args()

run(["docker", "build", "-t", "builder", "-f", "Dockerfile.build", "."], check=True)
run("docker create --name parts builder", shell=True, check=True)
for name in ("one", "two"):
    run(["docker", "cp", "parts:/out/lib/{}".format(name), name], check=True)
    run(["docker", "build", "-t", f"{name}:{args.tag}", name], check=True)
    if args.push:
        run(["docker", "push", f"{name}:{args.tag}"], check=True)
run(["docker", "rm", "parts"])
