"""fab image"""
import os

from fabric.api import env, execute, hide, lcd, local, runs_once, settings, task

HERE = os.path.dirname(os.path.abspath(__file__))
env.hosts = ["www.example.com"]
env.builder = "app:build"


@runs_once
def builder():
    local("docker build -t %s -f Dockerfile.build ." % env.builder)


@task
def extract():
    execute(builder)
    container = local("docker create %s" % env.builder, capture=True)
    local("docker cp %s:/out/app app" % container)
    local("docker rm %s" % container)


@task(default=True)
def image():
    """The image that is run."""
    with lcd(HERE):
        extract()
        with settings(hide("warnings"), warn_only=True):
            if local("test -s app").failed:
                raise SystemExit("nothing came out")
        local("docker build -t app --label kind=small .")
        local("rm -f app")
