"""How a script says the same in other words: functions, loops, options, libraries, other scripts, caught failures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from random import Random

_ASSIGNS = re.compile(r"^\s*(export\s+)?\w+=|^\s*(cd|set|umask|trap|pushd|popd)\b|<<|`|\$\(", re.MULTILINE)
_CP = re.compile(r"docker (?:container )?cp ([\w.$\{\}\"]+):([\w/.]+) ([\w./]+)")
_BUILD = re.compile(r"docker (?:image )?build (.*)")

_GETOPTS = """NAME=plain
while getopts ":n:vq" o; do
  case $o in
    n) NAME=$OPTARG ;;
    v) set -x ;;
    q) QUIET=1 ;;
    *) echo usage >&2; exit 2 ;;
  esac
done
shift $((OPTIND - 1))
echo "$NAME" > name.txt"""
_BY_HAND = """NAME=plain
while [ $# -gt 0 ]; do
  case "$1" in
    -n|--name) NAME="$2"; shift 2 ;;
    -n=*) NAME="${1#*=}"; shift ;;
    --) shift; break ;;
    -*) echo "unknown $1" >&2; exit 2 ;;
    *) break ;;
  esac
done
echo "$NAME" > name.txt"""
_EACH = """NAME=plain
for a in "$@"; do
  case $a in -n*) NAME=${a#-n} ;; esac
done
echo "$NAME" > name.txt"""
_OPTIONS = (_GETOPTS, _BY_HAND, _EACH)


class Styles:
    """Changes to a list of statements that change nothing of what they do."""

    def __init__(self, random: Random, lines: list[str], texts: MutableMapping[str, str]) -> None:
        self.random = random
        self.lines = lines
        self.texts = texts
        self.args: tuple[str, ...] = ()
        self.env: dict[str, str] = {}

    def some(self) -> None:
        """A few of them."""
        ways = [
            self._grouped, self._grouped, self._function_with_arguments, self._retried, self._caught, self._library,
            self._other_script, self._main, self._words, self._array, self._table, self._parameter, self._options,
            self._subshell, self._passed_on, self._cleanup, self._client, self._demanded,
        ]  # fmt: skip
        for way in self.random.sample(ways, self.random.choice([0, 0, 1, 1, 2, 3])):
            way()

    def _span(self, most: int) -> tuple[int, int, str]:
        if len(self.lines) < 4:
            return 0, -1, ""
        first = self.random.randint(1, len(self.lines) - 2)
        last = self.random.randint(first, min(len(self.lines) - 1, first + most))
        return first, last, "\n".join(self.lines[first : last + 1])

    def _grouped(self) -> None:
        first, last, body = self._span(4)
        if not body:
            return
        text = self.random.choice([
            f"step() {{\n{body}\n}}\nstep",
            f"function step {{\n{body}\n}}\nstep",
            f"{{\n{body}\n}}",
            f"if [ -f README.md ] || true; then\n{body}\nfi",
            f"for round in once; do\n{body}\ndone",
            f"case x in\nx)\n{body}\n;;\nesac",
            f"while :; do\n{body}\nbreak\ndone",
            f"for ((i = 0; i < 1; i++)); do\n{body}\ndone",
            f"if ! [[ -d nowhere && -n ${{UNSET_:-}} ]]; then\n{body}\nelse\ndocker build -t never .\nfi",
            f"case ${{MODE_:-release}} in\nrel*|prod)\n{body}\n;;\n*) exit 1 ;;\nesac",
        ])  # fmt: skip
        self.lines[first : last + 1] = [text]

    def _function_with_arguments(self) -> None:
        for index, line in enumerate(self.lines):
            found = _CP.fullmatch(line)
            if found is not None:
                body = self.random.choice([
                    'take() {\n  docker cp "$1:$2" "$3"\n}',
                    'take() {\n  local from=$1 what=$2\n  shift 2\n  docker cp "$from:$what" "${1:-.}"\n}',
                    'take() { docker cp "${1}":"${2}" "$3" || return 1; }',
                ])  # fmt: skip
                self.lines[index] = f"take {found[1]} {found[2]} {found[3]}"
                self.lines.insert(1, body)
                return

    def _retried(self) -> None:
        places = [i for i, line in enumerate(self.lines) if _BUILD.fullmatch(line)]
        if places:
            at = self.random.choice(places)
            line = self.lines[at]
            self.lines[at] = self.random.choice([
                f"for try in 1 2 3; do\n  {line} && break\n  sleep 0\ndone",
                f"until {line}; do sleep 0; done",
                f"n=0\nwhile ! {line}; do\n  n=$((n + 1))\n  [ $n -lt 3 ] || exit 1\ndone",
                f"{line} || {line}",
                f"if {line}; then echo built; else echo failed >&2; exit 1; fi",
                f"{line} || {{ echo failed >&2; exit 1; }}",
            ])  # fmt: skip

    def _caught(self) -> None:
        text = self.random.choice([
            "rm nothing-here 2>/dev/null || true",
            "cp nothing-here else 2>/dev/null || echo fallback > fallback.txt",
            "docker rm -f leftover 2>/dev/null || true",
            "docker rmi nothing:here >/dev/null 2>&1 || :",
            "if ! cd nowhere 2>/dev/null; then echo stays; fi",
            "false || echo caught",
            "! false",
            "command -v nothing-of-the-kind >/dev/null || echo missing",
            "grep -q nothing VERSION || echo none >> VERSION",
            "(exit 3) || code=$?",
            '[ -n "${CI_:-}" ] && echo ci || true',
            "test -f nothing-here || touch made-up",
        ])  # fmt: skip
        self.lines.insert(self.random.randint(1, len(self.lines)), text)

    def _library(self) -> None:
        first, last, body = self._span(5)
        if body:
            # bash 5.2 ends a subshell behind a sourced file of which the last line is a list of two commands.
            self.texts["scripts/lib.sh"] = f"{body}\n:\n"
            self.lines[first : last + 1] = [
                self.random.choice([". scripts/lib.sh", "source ./scripts/lib.sh", '. "$PWD/scripts/lib.sh"'])
            ]

    def _other_script(self) -> None:
        first, last, body = self._span(3)
        if body and not _ASSIGNS.search(body) and "$" not in body:
            self.texts["scripts/step.sh"] = f"#!/bin/bash\nset -e\n{body}\n"
            self.lines[first : last + 1] = [
                self.random.choice(["./scripts/step.sh", "bash scripts/step.sh", "bash -e ./scripts/step.sh"])
            ]

    def _subshell(self) -> None:
        first, last, body = self._span(3)
        if body and not _ASSIGNS.search(body):
            self.lines[first : last + 1] = [f"(\n{body}\n)"]

    def _main(self) -> None:
        body = "\n".join(self.lines)
        self.lines[:] = [
            self.random.choice([f'main() {{\n{body}\n}}\nmain "$@"', f'main() {{\n{body}\n}}\n\nmain "${{@}}"'])
        ]

    def _words(self) -> None:
        at = [i for i, line in enumerate(self.lines) if line.startswith("docker ")]
        if at:
            self.lines.insert(
                0, self.random.choice(["D=docker", "D=${D:-docker}", 'D="sudo docker"', "D='command docker'"])
            )
            for index in self.random.sample(at, self.random.randint(1, len(at))):
                self.lines[index + 1] = "$D" + self.lines[index + 1].removeprefix("docker")

    def _array(self) -> None:
        for index, line in enumerate(self.lines):
            found = _BUILD.fullmatch(line)
            if found is not None and "\n" not in line:
                self.lines[index] = self.random.choice([
                    f'args=({found[1]})\ndocker build "${{args[@]}}"',
                    f'args=()\nargs+=({found[1]})\ndocker build "${{args[@]}}"',
                    f'set -- {found[1]}\ndocker build "$@"',
                ])  # fmt: skip
                return

    def _table(self) -> None:
        places = [i for i, line in enumerate(self.lines) if _CP.fullmatch(line)]
        if not places:
            return
        at = places[0]
        found = _CP.fullmatch(self.lines[at])
        assert found is not None
        self.lines[at] = self.random.choice([
            f"while read -r from to; do\n  docker cp {found[1]}:$from $to\ndone <<END\n{found[2]} {found[3]}\nEND",
            f"while IFS=, read -r from to; do\n  docker cp {found[1]}:$from $to\ndone <<< '{found[2]},{found[3]}'",
            (f'pairs=("{found[2]}:{found[3]}")\nfor p in "${{pairs[@]}}"; do\n'
            f'  docker cp {found[1]}:${{p%%:*}} ${{p#*:}}\ndone'),
            (f'declare -A t=([{found[2]}]={found[3]})\nfor k in "${{!t[@]}}"; do\n'
             f'  docker cp {found[1]}:$k ${{t[$k]}}\ndone'),
        ])  # fmt: skip

    def _parameter(self) -> None:
        """The value of a build argument is a parameter of the script; some callers set it."""
        for index, line in enumerate(self.lines):
            found = re.search(r"--build-arg VERSION=(\"?)([\w.-]+)\1(?=\s|$)", line)
            if found is not None and "\n" not in line:
                given = self.random.choice(["unset", "argument", "environment"])
                value = found[2]
                self.lines[index] = line.replace(found[0], '--build-arg VERSION="$VERSION"')
                if given == "argument" and not self.args:
                    self.lines.insert(index, f"VERSION=${{1:-{value}}}")
                    self.args = self.random.choice([(), ("9.9",)])
                else:
                    self.lines.insert(
                        index, self.random.choice([f"VERSION=${{VERSION:-{value}}}", f": ${{VERSION:={value}}}"])
                    )
                    self.env = {**self.env, "VERSION": "8.8"} if given == "environment" else self.env
                return

    def _options(self) -> None:
        if self.args:
            return
        self.lines.insert(0, self.random.choice(_OPTIONS))
        self.args = self.random.choice([(), ("-n", "given"), ("-nother",)])

    def _passed_on(self) -> None:
        for index, line in enumerate(self.lines):
            if line.startswith("docker ") and "\n" not in line and "`" not in line:
                self.lines[index] = "run " + line
                self.lines.insert(1, self.random.choice([
                    'run() { echo "+ $*" >&2; "$@"; }',
                    'run() {\n  "$@" || { echo "failed: $*" >&2; exit 1; }\n}',
                    'run() { local IFS=" "; eval "$(printf \'%q \' "$@")"; }',
                ]))  # fmt: skip
                return

    def _client(self) -> None:
        """Calls of docker go through a function of the script."""
        at = [i for i, line in enumerate(self.lines) if line.startswith("docker ") and "<<" not in line]
        if not at:
            return
        body, word = self.random.choice([
            ('dc() { docker "$@"; }', "dc"), ('docker() { command docker "$@"; }', "docker"),
            ('dc() {\n  local verb=$1\n  shift\n  docker "$verb" "$@" </dev/null\n}', "dc"),
            ('dc() { if [ -n "${SUDO_-}" ]; then sudo docker "$@"; else docker "$@"; fi; }', "dc"),
            ("shopt -s expand_aliases\nalias dc=docker", "dc"),
            ('dc() {\n  case $1 in build) shift; docker build "$@" ;; *) docker "$@" ;; esac\n}', "dc"),
        ])  # fmt: skip
        for index in self.random.sample(at, self.random.randint(1, len(at))):
            self.lines[index] = word + self.lines[index].removeprefix("docker")
        self.lines.insert(1 if len(self.lines) > 1 else 0, body)

    def _demanded(self) -> None:
        """A variable without which the script does not start."""
        name = "STAGE_"
        self.lines.insert(1, self.random.choice([
            f': "${{{name}:?which}}"', f"${{{name}?which}} 2>/dev/null || true", f'[ -n "${{{name}-}}" ] || exit 64',
            f'echo "${{{name}:?which}}" > stage.txt', f"if [ -z ${{{name}+x}} ]; then exit 1; fi",
        ]))  # fmt: skip
        self.env = {**self.env, name: "live"}

    def _cleanup(self) -> None:
        self.lines.insert(1, self.random.choice([
            "cleanup() { docker rm -f c1 id1 >/dev/null 2>&1 || true; }\ntrap cleanup EXIT",
            ("cleanup() {\n  local code=$?\n  docker rm -f $(docker ps -aq --filter name=not-there) 2>/dev/null || :\n"
             "  exit $code\n}\ntrap cleanup EXIT INT TERM"),
            "cleanup() { rm -rf scratch.tmp; }\ntrap cleanup EXIT",
            "trap 'rm -f scratch.tmp' EXIT INT TERM",
            "trap 'echo failed on line $LINENO >&2' ERR",
        ]))  # fmt: skip
