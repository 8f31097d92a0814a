"""What this repository is worked on with."""
from pathlib import Path

from invoke import task

ROOT = Path(__file__).parent
BUILDER = "app:build"


@task
def lint(c):
    c.run("cppcheck main.c", warn=True)


@task
def builder(c, tag=BUILDER):
    """The image with the compiler."""
    with c.cd(str(ROOT)):
        c.run(f"docker build -t {tag} -f Dockerfile.build .", pty=True)


@task(pre=[builder])
def extract(c):
    container = c.run(f"docker create {BUILDER}", hide=True).stdout.strip()
    c.run(f"docker cp {container}:/out/app app", echo=True)
    if c.run(f"docker rm -f {container}", warn=True).failed:
        print("still there")


@task(extract, default=True)
def image(c):
    """The image that is shipped."""
    c.run("docker build -t app --label kind=$KIND .", env={"KIND": "small"})
