"""What runs when a script calls one of the names that we put on its PATH."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.engine import process
from migrator.verify.recorder.call import Call
from migrator.verify.recorder.line import parse
from migrator.verify.recorder.route import perform
from migrator.verify.recorder.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

STAND_INS = "bin"
ENGINES = ("docker", "podman", "nerdctl")
# What talks to other machines, or to a person who is not there. None of it runs.
REFUSED = (
    *("curl", "wget", "ssh", "scp", "sftp", "rsync", "ftp", "telnet", "nc", "kubectl", "helm", "oc", "aws", "gcloud"),
    *("gsutil", "az", "doctl", "heroku", "cf", "flyctl", "terraform", "ansible", "ansible-playbook", "docker-compose"),
    *("skopeo", "crane", "cosign", "notify-send", "mail", "sendmail", "buildah"),
)
NAMES = (*ENGINES, "sudo", "git", *REFUSED)
_GIT_REFUSED = frozenset({"push", "fetch", "pull", "clone", "send-email", "ls-remote"})
_SUDO_VALUES = ("-u", "-g", "-C", "-p", "-h", "-U", "-r", "-t", "-T", "-D", "-R")


def main(session_path: str, program: str, arguments: Sequence[str]) -> int:
    """Do what a script asked of `program`; the exit code that it sees."""
    session = Session.load(session_path)
    if program == "sudo":
        return sudo(arguments)
    if program == "git" and git_command(arguments) not in _GIT_REFUSED:
        return _become(session, program, arguments)
    began = time.monotonic()
    call = Call(session, program, tuple(arguments))
    if program in ENGINES:
        perform(call, parse(arguments, program))
    else:
        call.refuse()
    session.note(call.entry(began))
    return call.exit


def sudo(arguments: Sequence[str]) -> int:
    """Run what stands behind `sudo` as ourselves: the copy that the script works on is ours, and so is the engine."""
    words = list(arguments)
    while words:
        word = words[0]
        if word in _SUDO_VALUES:
            words = words[2:]
        elif word.startswith("-"):
            words = words[1:]
        elif "=" in word:
            name, _, value = word.partition("=")
            os.environ[name] = value
            words = words[1:]
        else:
            break
    if words:
        # By a path as well: it is ours to start, and so it is written down.
        path = Path(words[0])
        ours = path.is_absolute() and path.name in ENGINES
        process.replace([path.name if ours else words[0], *words[1:]], os.environ)
    return 0


def git_command(arguments: Sequence[str]) -> str:
    """The git command that is meant: the first word that is neither an option nor the value of one."""
    words = iter(arguments)
    for word in words:
        if word in {"-C", "-c", "--git-dir", "--work-tree", "--namespace"}:
            next(words, None)
        elif not word.startswith("-"):
            return word
    return ""


def _become(session: Session, program: str, arguments: Sequence[str]) -> int:
    """The real program of that name, found behind our own folder on the PATH."""
    ours = Path(session.folder) / STAND_INS
    folders = [folder for folder in os.environ.get("PATH", "").split(os.pathsep) if Path(folder) != ours]
    real = shutil.which(program, path=os.pathsep.join(folders))
    if real is not None:
        process.replace([real, *arguments], os.environ)
    sys.stderr.write(f"{program}: command not found\n")
    return 127


# Isolated: neither the script's PYTHON* variables nor its folder decide what is imported.
SHIM = """#!/bin/sh
exec {python} -I -S -c '
import sys
sys.path.append(sys.argv[1])
from migrator.verify.recorder.main import main
sys.exit(main(sys.argv[2], sys.argv[3], sys.argv[4:]))
' {root} {session} {program} "$@"
"""


def install(folder: Path, session: Path) -> None:
    """Write a stand-in for every name into `folder`, to be put first on a PATH."""
    folder.mkdir(parents=True, exist_ok=True)
    root = Path(__file__).resolve().parents[3]
    fixed = {
        name: shlex.quote(str(value))
        for name, value in (("python", sys.executable), ("root", root), ("session", session))
    }
    for name in NAMES:
        path = folder / name
        path.write_text(SHIM.format(program=name, **fixed), encoding="utf-8")
        path.chmod(0o755)
