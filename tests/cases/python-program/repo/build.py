#!/usr/bin/env python3
"""Builds the image of the application."""
import os
import subprocess

BUILDER = "app:build"


def main():
    subprocess.run(["docker", "build", "-t", BUILDER, "-f", "Dockerfile.build", "."], check=True)
    container = subprocess.check_output(["docker", "create", BUILDER], text=True).strip()
    try:
        subprocess.run(["docker", "cp", f"{container}:/out/app", "app"], check=True)
    finally:
        subprocess.run(["docker", "rm", "-f", container], check=False)
    subprocess.run(["docker", "build", "-t", "app", "."], check=True)
    os.remove("app")
    print("built")


if __name__ == "__main__":
    main()
