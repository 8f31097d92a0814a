"""Commands that speak to somewhere else, or look at files: which of the checkout's files they write, if any.

Most of what a build script asks of them (a login, a deployment, a question) writes nothing here. What does, by the
manuals of the tools, is a copy to a local path, a file that an option names, or a verb that makes files of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.commands.prefixes import is_question, unknown
from migrator.commands.workshop import give_up
from migrator.trace.state import SUCCESS, Status
from migrator.trace.streams import Opaque
from migrator.trace.symbols import SymbolKind

if TYPE_CHECKING:
    from migrator.commands.base import Command, Invocation

_REMOTE = re.compile(r"[a-z][a-z0-9+]*://|[^/]*:")
_FORMATS = re.compile(
    r"(json|yaml|text|table|wide|name|tsv|none|value|csv|jsonpath.*|go-template.*|custom-columns.*|-)$"
)
_QUIET = ("sleep", "wait", "sync", "clear", "tput", "notify-send", "ulimit", "say", "logger", "renice")


@dataclass(frozen=True)
class _Client:
    """What one program writes: `copies` are verbs whose last operand is where they copy to, `options` name files.

    `makes` are verbs that make files nobody names, `edits` options with which every operand is changed in place, and
    `second` says that a second operand is the output. `others` are, where they are given, the only verbs that are
    known, and they write nothing here.
    """

    copies: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    makes: tuple[str, ...] = ()
    edits: str = ""
    second: bool = False
    others: tuple[str, ...] | None = None


_CLOUD = ("--output-file", "--out-file", "--outfile", "--output-template-file", "--kubeconfig")
_CLIENTS: dict[str, _Client] = {
    "scp": _Client(copies=("",)),
    "sftp": _Client(makes=("",)),
    "aws": _Client(
        ("s3 cp", "s3 mv", "s3 sync"), _CLOUD,
        ("s3api get-object", "s3api select-object-content", "lambda invoke", "codeartifact get-package-version-asset",
         "glacier get-job-output", "apigateway get-sdk", "apigateway get-export", "rds download-db-log-file-portion"),
    ),
    "gcloud": _Client(
        ("storage cp", "storage mv", "storage rsync", "compute scp"), _CLOUD,
        ("source repos clone", "app gen-config", "init", "functions local"),
    ),
    "gsutil": _Client(("cp", "mv", "rsync"), (), ("defacl", "perfdiag")),
    "az": _Client(
        (), ("-d", "--destination", "--dest", "--output-folder"),
        ("storage blob download", "storage file download", "storage copy", "acr helm", "webapp log download", "init"),
    ),
    "kubectl": _Client(("cp",), _CLOUD),
    "oc": _Client(("cp",), _CLOUD, ("extract", "rsync")),
    "helm": _Client(
        (), ("--output-dir", "-d", "--destination"),
        ("dependency", "dep", "package", "pull", "fetch", "create", "plugin"),
    ),
    "terraform": _Client((), ("-out",), ("init", "apply", "destroy", "fmt", "get", "import", "refresh", "plan")),
    "heroku": _Client((), (), ("git:clone", "pg:backups:download", "pg:backups", "plugins:install")),
    "fly": _Client((), (), ("launch", "config", "init", "sftp", "apps create")),
    "flyctl": _Client((), (), ("launch", "config", "init", "sftp", "apps create")),
    "cosign": _Client((), ("--output-signature", "--output-certificate", "--output-file", "--bundle", "--output"),
                      ("generate-key-pair", "save", "download", "initialize", "dockerfile", "clean")),
    "trivy": _Client((), ("-o", "--output", "--cache-dir")),
    "docker-machine": _Client(("scp",)),
    "minikube": _Client(("cp",)),
    "yq": _Client(edits="is", options=("--split-exp",)),
    "xmllint": _Client((), ("-o", "--output", "-output")),
    "tree": _Client((), ("-o",)),
    "less": _Client((), ("-o", "-O", "--log-file", "--LOG-FILE")),
    "xxd": _Client(second=True),
    "file": _Client(makes=("-C", "--compile")),
    "history": _Client(makes=("-w", "-a")),
    "fc": _Client(makes=("",)),
    "umount": _Client(edits="-"),
    "npm": _Client(others=("cache", "config", "whoami", "login", "logout", "ping", "view", "root", "bin", "prefix")),
    "pnpm": _Client(others=("store", "why", "list")),
    "go": _Client(others=("version", "env")),
    "composer": _Client(others=("clear-cache", "clearcache", "diagnose", "show")),
    "pip": _Client(others=("cache", "list", "show", "freeze")),
    "pip3": _Client(others=("cache", "list", "show", "freeze")),
}  # fmt: skip


_FLAGS = re.compile(
    r"--(no-.*|recursive|quiet|delete|dryrun|debug|only-show-errors|follow-symlinks|exact-timestamps|size-only|force)$"
)
_WITH_VALUE = ("-i", "-P", "-l", "-o", "-c", "-F", "-S", "-J", "-n", "-h")


def client(call: Invocation) -> Status:
    """A command of this module: what it may write is not known from here on; it changes nothing else here."""
    rule = _CLIENTS.get(call.name)
    if rule is not None and not is_question(call.arguments):
        written = _written(call, rule)
        if written is None:
            return unknown(call)
        give_up(call, written, f"{call.name} writes it")
    if call.name in _QUIET:
        return SUCCESS
    call.channels.out.append(Opaque(call.span, f"what {call.name} prints"))
    return Status(None, None, call.span)


def _written(call: Invocation, rule: _Client) -> list[str] | None:
    """The paths that are written; None where any may be."""
    words = list(call.arguments)
    if rule.others is not None:
        return [] if words and words[0] in rule.others and "--location" not in " ".join(words) else None
    there = next((at for at, word in enumerate(words) if word in ("exec", "ssh", "--")), len(words))
    words = words[:there]  # behind it stands what another machine does
    plain = [word for word in words if not word.startswith("-")]
    if any(verb == "" or verb in words or _at(plain, verb) is not None for verb in rule.makes):
        return None
    found = [value for value in _values(words, rule.options) if not _FORMATS.match(value)]
    for verb in rule.copies:
        if verb == "" or _at(plain, verb) is not None:
            places = _copied(_operands(words, verb), moved=verb.endswith("mv"))
            if places is None:
                return None
            found += places
    if rule.second and len(plain) > 1:
        found.append(plain[1])
    if rule.edits == "-" or (rule.edits and any(_clusters(word, rule.edits) for word in words)):
        edited = [word for word in plain if call.state.workspace.exists(call.path(word)) is not False]
        if not edited:
            return None
        found += edited
    if any(symbol.kind in _OPEN for value in found for symbol in call.shell.symbols.within(value)):
        return None
    return [call.path(value) for value in found]


_OPEN = (SymbolKind.PARAMETER, SymbolKind.OUTPUT, SymbolKind.WORDS, SymbolKind.UNKNOWN, SymbolKind.GLOB)


def _at(plain: list[str], verb: str) -> int | None:
    """Where the words of a verb stand, one behind the other."""
    wanted = verb.split()
    return next((at for at in range(len(plain)) if plain[at : at + len(wanted)] == wanted), None)


def _operands(words: list[str], verb: str) -> list[str]:
    """What stands behind a verb, without options and their values."""
    at = words.index(verb.rsplit(maxsplit=1)[-1]) + 1 if verb else 0
    found, skipped = [], False
    for word in words[at:]:
        if skipped or (word.startswith("-") and word != "-"):
            valued = word in _WITH_VALUE or (word.startswith("--") and "=" not in word and not _FLAGS.match(word))
            skipped = not skipped and valued
        else:
            found.append(word)
    return found


def _copied(operands: list[str], *, moved: bool) -> list[str] | None:
    """Where a copy goes to, and what a move takes away, as far as that is on this machine."""
    here = [word for word in operands if not _REMOTE.match(word) and word != "-"]
    if not operands:
        return None
    if moved or len(here) == len(operands):
        return here
    return here if operands[-1] in here else []


def _values(words: list[str], names: tuple[str, ...]) -> list[str]:
    """The values of options, in each of the forms `-o value`, `-ovalue`, `--name value` and `--name=value`."""
    found = []
    for at, word in enumerate(words):
        for name in names:
            if word == name and at + 1 < len(words):
                found.append(words[at + 1])
            elif word.startswith(f"{name}="):
                found.append(word[len(name) + 1 :])
            elif len(name) == 2 and word.startswith(name) and word != name:
                found.append(word[2:])
    return found


def _clusters(word: str, letters: str) -> bool:
    if word.startswith("--"):
        return word.split("=", maxsplit=1)[0] in ("--inplace", "--in-place", "--split-exp")
    return word.startswith("-") and any(letter in word for letter in letters)


def locked(call: Invocation) -> Status:
    """`flock -n 9`: waits for a lock on a file that is open; with a file and a command it is not followed."""
    operands = [word for word in call.arguments if not word.startswith("-")]
    return client(call) if operands and operands[-1].isdigit() else unknown(call)


_READ_ONLY = """
    sleep wait sync clear tput notify-send ulimit say logger renice stty reset kill pkill killall jobs fg bg disown df
    du ps top free stat cksum cmp diff more open xdg-open ping nc netstat lsof ssh doctl hadolint shellcheck dive
    column nl fold strings od hexdump readelf objdump ldd nm bc expr tty locale lscpu uptime dig nslookup host
    systemctl service mail sendmail slackcat times caller compgen complete bind yes boot2docker jq python-config pgrep
    true
""".split()

COMMANDS: dict[str, Command] = {**dict.fromkeys((*_READ_ONLY, *_CLIENTS), client), "flock": locked}
