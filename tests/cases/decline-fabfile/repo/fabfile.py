from fabric.api import *

env.hosts = ["build.example.com"]


def image():
    run("docker build -t app:build -f Dockerfile.build .")
    sudo("docker cp app:/out/app app")
    get("app", "app")
    local("docker build -t app .")
    put("app.tar", "/srv")
