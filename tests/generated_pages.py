"""The pages of the reference that are made, not written: the options of every command, the man page, the constructs."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from migrator.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = Path(__file__).parent
MADE = "<!-- made by tests/test_generated_pages.py --update; do not edit -->"
_OPTIONS = """\
What `--help` of each command says. [Command line](cli.md) has what is common to all, and what programs may rely on."""
_CONSTRUCTS = """\
Each line is a row of a table of the tests. It is run twice: read by migrator, and run by the real program with a
`docker` that only writes down how it was called. Both must call the same, leave the same files and end with the same
code. What a conversion does with a call is another matter: [limits](../explanation/limits.md),
[what is equivalent](../explanation/equivalence.md)."""
_DOCKERFILES = """\
{count} pieces of Dockerfiles, each parsed to a tree that is written down. What a variable comes to and what an ignore
file lets in is held against the engine itself."""
TABLES = (
    ("Shell scripts", "oracle/scripts", "bash"),
    ("Makefiles", "oracle/makefiles", "GNU make"),
    ("Python programs", "oracle/programs", "Python"),
    ("Python libraries that start programs", "oracle/libraries", "the library"),
)


def commands() -> Iterator[tuple[str, click.Command, click.Context]]:
    """Every command with its full name, the group first, in the order of `--help`."""
    top = click.Context(main, info_name="migrator", terminal_width=100, max_content_width=100)
    yield "migrator", main, top
    for name in main.list_commands(top):
        command = main.get_command(top, name)
        assert command is not None
        yield f"migrator {name}", command, click.Context(command, info_name=name, parent=top)


def records(command: click.Command, ctx: click.Context) -> list[tuple[str, str]]:
    """Every option as `--help` has it: its names with what it takes, and what it does."""
    given = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    return [found for parameter in given if (found := parameter.get_help_record(ctx)) is not None]


def paragraphs(text: str | None) -> list[str]:
    """The paragraphs of a help text; one that click must not fill begins with a mark, which is left out."""
    parts = re.split(r"\n\s*\n", (text or "").strip())
    return [part.replace("\b\n", "").strip("\n") for part in parts if part.strip("\b\n ")]


# --- the options of every command -------------------------------------------------------------------------------


def options_page() -> str:
    """docs/reference/options.md."""
    parts = [
        "# Every option",
        MADE,
        _OPTIONS,
    ]
    for name, command, ctx in commands():
        parts += [f"## {name}", f"```text\n{ctx.get_usage().removeprefix('Usage: ')}\n```"]
        parts += [" ".join(part.split()) for part in paragraphs(command.help)]
        rows = [f"| `{_cell(names)}` | {_cell(does)} |" for names, does in records(command, ctx)]
        parts += ["\n".join(["| option | does |", "|---|---|", *rows])] if rows else []
        parts += [f"```text\n{part}\n```" for part in paragraphs(command.epilog)]
    return "\n\n".join(parts) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


# --- the man page -----------------------------------------------------------------------------------------------


def man_page(version: str) -> str:
    """docs/man/migrator.1, in the macros of man(7)."""
    lines = [
        '.\\" made by tests/test_generated_pages.py --update; do not edit',
        f'.TH MIGRATOR 1 "" "migrator {version}" "User Commands"',
        ".SH NAME",
        "migrator \\- one multi-stage Dockerfile in place of a builder pattern, and the proof",
        ".SH SYNOPSIS",
        ".B migrator\n.I COMMAND\n[\\fIOPTION\\fR]... [\\fIPATH\\fR]",
        ".SH DESCRIPTION",
    ]
    for name, command, ctx in commands():
        lines += [] if name == "migrator" else [f".SH {_roff(name.upper())}", f".B {_roff(ctx.get_usage()[7:])}", ".PP"]
        lines += "\n.PP\n".join(_roff(" ".join(part.split())) for part in paragraphs(command.help)).split("\n")
        for names, does in records(command, ctx):
            lines += [".TP", f".B {_roff(names)}", _roff(" ".join(does.split()))]
        for part in paragraphs(command.epilog):
            lines += [".PP", ".nf", *(_roff(line) for line in part.split("\n")), ".fi"]
    return "\n".join(lines) + "\n"


def _roff(text: str) -> str:
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    text = "".join(one if one.isascii() else f"\\[u{ord(one):04X}]" for one in text)
    return "\n".join(f"\\&{line}" if line.startswith((".", "'")) else line for line in text.split("\n"))


# --- the constructs ---------------------------------------------------------------------------------------------


def constructs_page() -> str:
    """docs/reference/constructs.md, from the tables that are run twice: by us, and by the real program."""
    parts = [
        "# Supported constructs",
        MADE,
        _CONSTRUCTS,
    ]
    for title, folder, program in TABLES:
        tables = [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted((TESTS / folder).glob("*.toml"))]
        rows = [row for table in tables for row in table["row"]]
        parts += [f"## {title}", f"{len(rows)} rows, held against {program}."]
        for path in sorted((TESTS / folder).glob("*.toml")):
            parts += [f"### {_title(path)}", _rows(tomllib.loads(path.read_text(encoding="utf-8"))["row"])]
    parts += ["## Words of the shell", *_words()]
    parts += ["## Dockerfiles", *_dockerfiles()]
    return "\n\n".join(parts) + "\n"


def _title(path: Path) -> str:
    first = path.read_text(encoding="utf-8").split("\n", 1)[0]
    return first.lstrip("# ").rstrip(".") if first.startswith("#") else path.stem.replace("_", " ").capitalize()


def _rows(rows: list[dict[str, Any]]) -> str:
    lines = []
    for row in rows:
        note = f" — not the same: {row['differs']}" if row.get("differs") else ""
        ways = " — followed both ways, as nobody can know" if row.get("branches") else ""
        lines.append(f"- {_text(row['name'])}{_text(note)}{ways}")
    return "\n".join(lines)


def _text(text: str) -> str:
    """Text as Markdown shows it, with no sign of it meaning anything."""
    return re.sub(r"([\\`*_{}\[\]<>#|$])", r"\\\1", " ".join(text.split()))


def _words() -> Iterator[str]:
    groups = tomllib.loads((TESTS / "oracle" / "expansions.toml").read_text(encoding="utf-8"))["group"]
    count = sum(len(group["words"].strip().split("\n")) for group in groups)
    yield f"{count} words, each expanded by bash and by migrator to the same fields."
    for group in groups:
        yield f"### {_text(group['name'].capitalize())}"
        yield f"```text\n{group['words'].strip()}\n```"


def _dockerfiles() -> Iterator[str]:
    fragments = sorted((TESTS / "fragments" / "dockerfile").glob("*.txt"))
    yield _DOCKERFILES.format(count=len(fragments))
    yield "\n".join(f"- {path.stem.replace('-', ' ')}" for path in fragments)
