import shutil
from pathlib import Path
from subprocess import check_call

ROOT = Path(__file__).resolve().parent.parent
CONTEXT = ROOT / "run"
PARTS = {"/out/lib": "lib", "/out/app": "bin/web"}


def docker(*words):
    check_call(["docker", *words], cwd=ROOT)


docker("build", "-t", "web-builder", "-f", "Dockerfile.build", ".")
docker("create", "--name", "web-parts", "web-builder")
(CONTEXT / "bin").mkdir(parents=True, exist_ok=True)
work = ROOT / "work"
if work.exists():
    shutil.rmtree(work)
work.mkdir()
for source, target in PARTS.items():
    docker("cp", f"web-parts:{source}", str(work / target.replace("/", "-")))
    shutil.move(str(work / target.replace("/", "-")), str(CONTEXT / target))
docker("rm", "web-parts")
(CONTEXT / "version").write_text("1.2\n")
docker("build", "-t", "web", "run")
