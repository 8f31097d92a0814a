import glob
import subprocess

subprocess.check_call(["docker", "build", "-t", "builder", "-f", "Dockerfile.build", "."])
subprocess.check_call(["docker", "create", "--name", "parts", "builder"])
for name in glob.glob("*.list"):
    subprocess.check_call(["docker", "cp", "parts:/out/app", name])
subprocess.check_call(["docker", "cp", "parts:/out/app", "app"])
subprocess.check_call(["docker", "build", "-t", "app", "."])
