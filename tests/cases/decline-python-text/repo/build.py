import subprocess
subprocess.run(["docker", "build", "."
