#!/usr/bin/env python
import os
import subprocess
import sys

tag = os.environ.get("TAG", "dev")


def sh(command):
    print("$ " + command)
    sys.stdout.flush()
    if subprocess.call(command, shell=True) != 0:
        sys.exit("failed: " + command)


sh("docker build -t builder -f Dockerfile.build .")
sh("docker run --rm builder tar -cf - -C /out lib > lib.tar")
sh("docker build -t app:%s ." % tag)
os.system("rm -f lib.tar")
