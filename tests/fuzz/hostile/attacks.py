# ruff: noqa: ARG005 - every attack takes a size, also the few that have none
"""Texts that are made to cost more than they are long. Each takes a size and gives the files of a repository."""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from doors import SCRIPT

if TYPE_CHECKING:
    from collections.abc import Callable

Files = dict[str, bytes]


@dataclass(frozen=True)
class Attack:
    """One attack: what comes in by which file, and the size up to which it is measured."""

    name: str
    file: str
    make: Callable[[int], str | bytes]
    size: int

    def files(self, size: int) -> Files:
        """The files of a repository that carries the attack; the working script stands behind hostile text in it."""
        made = self.make(size)
        data = made.encode() if isinstance(made, str) else made
        if self.file == "build.sh":
            data = b"#!/bin/bash\n" + data + b"\n" + SCRIPT
        return {self.file: data}


def _nested(opening: str, inner: str, closing: str) -> Callable[[int], str]:
    return lambda size: opening * size + inner + closing * size


def _lines(line: str) -> Callable[[int], str]:
    """One line again and again; `%d` in it is its number."""
    return lambda size: "\n".join(line.replace("%d", str(number)) for number in range(size))


def _laughs(size: int) -> str:
    """Each variable is the one before, ten times: 10^size characters."""
    lines = ["v0=ha"] + [f"v{number}=" + f"$v{number - 1}" * 10 for number in range(1, size)]
    return "\n".join([*lines, f"echo $v{size - 1}", f"docker build -t $v{size - 1} ."])


def _functions(size: int) -> str:
    return "\n".join(f"f{number}() {{ echo {number}; }}" for number in range(size)) + f"\nf{size - 1}"


def _chain(size: int) -> str:
    """Each function calls the one before, twice."""
    return "f0() { :; }\n" + "".join(f"f{n}() {{ f{n - 1}; f{n - 1}; }}\n" for n in range(1, size)) + f"f{size - 1}"


SHELL = (
    ("parens", _nested("(", ":", ")"), 10_000),
    ("substitutions", lambda n: "x=" + "$(" * n + ":" + ")" * n, 10_000),
    ("open-substitutions", lambda n: "echo " + "$(" * n, 10_000),
    ("open-parens", lambda n: "(" * n, 10_000),
    ("open-arithmetic", lambda n: "((" * n, 10_000),
    ("braces-open", lambda n: "{ " * n, 10_000),
    ("groups", _nested("{ ", ":; ", "}; "), 10_000),
    ("ifs", _nested("if true; then ", ":; ", "fi; "), 10_000),
    ("ifs-open", lambda n: "if true; then " * n, 10_000),
    ("whiles", _nested("while true; do ", "break; ", "done; "), 10_000),
    ("cases", _nested("case a in a) ", ":; ", "esac; "), 10_000),
    ("quoted-substitutions", lambda n: 'x="' + '"$(echo "' * n + ":" + '")"' * n + '"', 10_000),
    ("backticks", lambda n: "x=" + "`echo " * n + "`" * n, 10_000),
    ("defaults", lambda n: "x=" + "${a:-" * n + "b" + "}" * n, 10_000),
    ("defaults-open", lambda n: "x=" + "${a:-" * n, 10_000),
    ("arithmetic", lambda n: "x=$((" + "(" * n + "1" + ")" * n + "))", 10_000),
    ("arithmetic-minus", lambda n: "x=$((" + "-" * n + "1))", 100_000),
    ("arithmetic-not", lambda n: "x=$((" + "! " * n + "1))", 100_000),
    ("arithmetic-plus", lambda n: "x=$((" + "1+" * n + "1))", 100_000),
    ("arithmetic-power", lambda n: "x=$((" + "9**" * n + "9))", 1_000),
    ("arithmetic-shift", lambda n: f"x=$((1<<{n}))", 10_000_000),
    ("arithmetic-question", lambda n: "x=$((" + "1?" * n + "1" + ":1" * n + "))", 10_000),
    (
        "arithmetic-names",
        lambda n: "a0=1\n" + "".join(f"a{i}=a{i - 1}+a{i - 1}\n" for i in range(1, n)) + f"x=$((a{n - 1}))",
        60,
    ),
    ("arithmetic-itself", lambda n: "a=a\nx=$((a))\n" * n, 100),
    ("arithmetic-digits", lambda n: "x=$((" + "9" * n + "))", 100_000),
    ("backslashes", lambda n: "echo " + "\\" * n, 1_000_000),
    ("backslash-lines", lambda n: "echo " + "\\\n" * n + "a", 300_000),
    ("functions", _functions, 10_000),
    ("function-chain", _chain, 30),
    ("function-itself", lambda n: "f() { f; }\nf\n" * n, 10),
    ("function-itself-twice", lambda n: "f() { f || f; f && f; }\nf\n" * n, 4),
    ("function-itself-arguments", lambda n: 'f() { f "$@" "$@"; }\nf a b\n', 10),
    ("function-itself-text", lambda n: 'f() { x=$x$x$1; f "$1$1"; }\nf a\n', 10),
    ("braces", lambda n: "echo " + "{a,b}" * n, 40),
    ("braces-nested", lambda n: "echo " + "{a," * n + "b" + "}" * n, 10_000),
    ("braces-open-word", lambda n: "echo " + "{" * n + ",", 10_000),
    ("braces-assigned", lambda n: "docker build -t x " + "{a,b}" * n, 40),
    ("brace-ranges", lambda n: "echo " + "{1..9}" * n, 20),
    ("brace-range-far", lambda n: f"echo {{1..{10**n}}}", 30),
    ("brace-range-wide", lambda n: f"echo {{{'0' * n}1..3}}", 10_000),
    ("laughs", _laughs, 20),
    ("doubling", lambda n: "x=ab\n" + "x=$x$x\n" * n + "docker build -t $x .", 60),
    ("doubling-append", lambda n: "x=ab\n" + "x+=$x\n" * n, 60),
    ("doubling-loop", lambda n: "x=ab\nfor i in {1..60}; do x=$x$x; done\n", 10),
    ("doubling-array", lambda n: "x=(a b)\n" + 'x=("${x[@]}" "${x[@]}")\n' * n, 60),
    ("doubling-set", lambda n: "set -- a b\n" + 'set -- "$@" "$@"\n' * n, 60),
    ("doubling-printf", lambda n: "x=ab\n" + "x=$(printf '%s%s' $x $x)\n" * n, 60),
    ("doubling-file", lambda n: "echo a > f\n" + "cat f f > g; mv g f\n" * n + "x=$(cat f)", 60),
    ("doubling-append-file", lambda n: "echo a > f\n" + "cat f >> f\n" * n, 60),
    ("doubling-eval", lambda n: "x=:\n" + 'x="$x;$x"\n' * n + 'eval "$x"', 60),
    (
        "printf-width",
        lambda n: f"x=$(printf '%{10**n}s' a)\ny=$(printf '%0{10**n}d' 1)\ny=$(printf '%.{10**n}d' 1)",
        30,
    ),
    ("printf-times", lambda n: "x=$(printf 'a%.0s' {1..1000})\n" + 'x=$(printf "$x%.0s" {1..1000})\n' * n, 5),
    ("seq", lambda n: f"for i in $(seq {10**n}); do echo $i; done", 20),
    ("loop-c", lambda n: f"for ((i=0;i<{10**n};i++)); do :; done", 20),
    ("loop-nested", lambda n: "".join(f"for i{k} in {{1..10}}; do " for k in range(n)) + ":;" + "done;" * n, 20),
    ("while-true", lambda n: "while true; do x=$x.; done\n" * n, 3),
    ("until-false", lambda n: "until false; do x=$x.; echo $x >> f; done\n" * n, 3),
    ("while-read", lambda n: "while read l; do x=$x$l; done <<E\n" + "line of text\n" * n + "E", 10_000),
    ("source-itself", lambda n: ". ./build.sh\n" * n, 3),
    ("source-itself-twice", lambda n: "source build.sh; source ./build.sh\n" * n, 3),
    ("run-itself", lambda n: "bash build.sh\n./build.sh\n" * n, 3),
    ("eval-itself", lambda n: 'x=\'eval "$x"\'\neval "$x"\n' * n, 3),
    ("trap-itself", lambda n: "trap 'trap \"exit\" EXIT; exit' EXIT\n" * n, 3),
    ("here-document", lambda n: "cat > f <<E\n" + "a line of text with $HOME in it\n" * n + "E", 30_000),
    ("here-document-quoted", lambda n: "cat > f <<'E'\n" + "a line of text with $HOME in it\n" * n + "E", 300_000),
    ("here-documents", lambda n: "cat" + " <<E" * n + "\n" + "E\n" * n, 10_000),
    ("here-documents-lines", lambda n: "cat > f%d <<E\nx\nE\n" * n, 3_000),
    (
        "here-documents-nested",
        lambda n: "".join(f"cat <<E{i}\n$(" for i in range(n)) + "".join(f")\nE{i}\n" for i in reversed(range(n))),
        100,
    ),
    ("here-document-open", lambda n: "cat <<E\n" * n, 10_000),
    ("here-string", lambda n: "cat <<< '" + "a" * n + "'", 1_000_000),
    ("one-line", lambda n: "echo " + "a" * n, 10_000_000),
    ("one-line-words", lambda n: "echo " + "a " * n, 300_000),
    ("one-line-quotes", lambda n: "echo " + "'a'\"b\"" * n, 100_000),
    ("one-line-expansions", lambda n: "echo " + "$a" * n, 100_000),
    ("one-line-commands", lambda n: ":;" * n, 20_000),
    ("one-line-and", lambda n: ": && " * n + ":", 10_000),
    ("one-line-or", lambda n: "false || " * n + ":", 10_000),
    ("one-line-pipes", lambda n: "cat | " * n + "cat", 10_000),
    ("one-line-nots", lambda n: "! " * n + ":", 10_000),
    ("lines", _lines("x%d=%d"), 20_000),
    ("lines-echo", _lines("echo line %d >> log"), 10_000),
    ("lines-mkdir", _lines("mkdir -p d/%d"), 10_000),
    ("lines-touch", _lines("touch t%d"), 10_000),
    ("lines-deep", lambda n: "mkdir -p " + "d/" * n, 100_000),
    ("cd-deep", lambda n: "mkdir d; cd d\n" * n, 3_000),
    ("lines-builds", _lines("docker build -t i%d ."), 300),
    ("lines-copies", _lines("docker cp x:/app a%d"), 300),
    (
        "lines-pairs",
        lambda n: "\n".join(
            f"docker build -t b{i} -f Dockerfile.build .\ndocker create --name c{i} b{i}\n"
            f"docker cp c{i}:/app app\ndocker build -t r{i} ."
            for i in range(n)
        ),
        100,
    ),
    ("lines-unknown", _lines("frobnicate %d"), 3_000),
    ("lines-cases", lambda n: "case $1 in\n" + "".join(f"a{i}) x={i};;\n" for i in range(n)) + "esac", 3_000),
    ("lines-elif", lambda n: "if a; then :; " + "elif [ $1 = b ]; then x=1; " * n + "fi", 1_000),
    ("lines-if", _lines('if [ "$a%d" = b ]; then x=$x%d; fi'), 300),
    ("lines-if-build", _lines('if [ "$a%d" = b ]; then docker build -t $x%d .; fi'), 30),
    ("case-pattern", lambda n: "x=" + "a" * n + "\ncase $x in " + "*a" * n + "*b) :;; esac", 1_000),
    (
        "extglob-pattern",
        lambda n: (
            "shopt -s extglob\nx=" + "a" * n + "\ncase $x in +(+(a|aa)|aaa)b) :;; esac\n[[ $x == *(a|aa)*(a|aa)*(a)b ]]"
        ),
        1_000,
    ),
    ("regex", lambda n: "x=" + "a" * n + "\n[[ $x =~ ^(a+)+b$ ]]\n[[ $x =~ (a|aa)+b$ ]]", 1_000),
    ("regex-sed", lambda n: "x=$(echo " + "a" * n + " | sed -E 's/^(a+)+b$/x/')", 1_000),
    ("regex-grep", lambda n: "x=$(echo " + "a" * n + " | grep -E '^(a+)+b$')", 1_000),
    ("regex-expr", lambda n: "x=$(expr " + "a" * n + " : '\\(a*\\)*b$')", 1_000),
    ("replace", lambda n: "x=" + "a" * n + "\ny=${x//a/b}\ny=${x//a/$x}\n", 10_000),
    ("replace-pattern", lambda n: "x=" + "a" * n + "\ny=${x//*a*a*a*b/c}\n", 3_000),
    (
        "remove-prefix",
        lambda n: "x=" + "a" * n + "\ny=${x##*a*a*a*b}\ny=${x#*a*a*b}\ny=${x%%b*a*a}\ny=${x%b*a*a}",
        3_000,
    ),
    ("replace-many", lambda n: "x=aaaaaaaaaa\n" + "x=${x//a/aa}\n" * n, 40),
    ("substring", lambda n: "x=" + "a" * n + "\n" + "x=${x:1}\n" * 1000, 100_000),
    ("array", lambda n: "x=(" + "a " * n + ")\n" + 'for i in "${x[@]}"; do :; done', 10_000),
    ("array-append", lambda n: "x=()\n" + "x+=(a)\n" * n, 10_000),
    ("array-index", lambda n: "x[99999999999]=1\necho ${x[99999999999]} ${#x[@]}\n" * n, 10),
    ("array-sparse", lambda n: f"x[{10**n}]=1\n" + 'y=("${x[@]}")', 18),
    ("globs", lambda n: "echo " + "*/" * n, 10_000),
    ("globs-stars", lambda n: "touch " + "a" * 200 + "\necho " + "*a" * n + "b", 100),
    ("globs-classes", lambda n: "echo " + "[a-z]" * n, 10_000),
    ("globs-files", lambda n: "touch " + " ".join(f"f{i}" for i in range(n)) + "\n" + "echo * * * *\n" * 10, 3_000),
    ("globs-folders", lambda n: "mkdir -p " + "{a,b}/" * n + "\necho " + "*/" * n, 16),
    ("aliases", lambda n: "shopt -s expand_aliases\nalias a='a a'\n" + "a\n" * n, 1_000),
    ("comments", lambda n: "# " + "a" * 60 + "\n" * 1 + ("# comment\n") * n, 300_000),
    ("blanks", lambda n: " " * n, 1_000_000),
    ("newlines", lambda n: "\n" * n, 1_000_000),
    ("quotes", lambda n: "echo " + "\"'" * n, 100_000),
    ("open-quote", lambda n: "echo a'b\n" * n + "'", 10_000),
    ("dollars", lambda n: "echo " + "$" * n, 100_000),
    ("dollar-braces", lambda n: "echo " + "${" * n, 10_000),
    ("dollar-quotes", lambda n: "echo $'" + "\\x41" * n + "'", 100_000),
    ("ampersands", lambda n: "a & " * n, 10_000),
    ("redirections", lambda n: ":" + " > f" * n, 10_000),
    ("assignments", lambda n: "a=1 " * n + ":", 10_000),
    ("carriage-returns", lambda n: "echo a\r\n" * n, 10_000),
    ("unicode", lambda n: "echo " + "\u202e\U0001f600" * n, 100_000),
    ("bad-bytes", lambda n: b"echo \xff\xfe" * n, 10_000),
    ("not-shell", lambda n: "fi done esac )\n" * n, 10_000),
    ("not-shell-line", lambda n: ") " * n, 10_000),
    ("commands-not-shell", lambda n: "if then fi;" * n, 3_000),
    ("indirect", lambda n: "a=a\necho ${!a}\n" + "".join(f"a{i}=a{i + 1}\n" for i in range(n)) + "echo ${!a0}", 3_000),
    (
        "links",
        lambda n: "ln -s a a\ncat a\n" + "".join(f"ln -s l{i + 1} l{i}\n" for i in range(n)) + "cat l0 > o",
        3_000,
    ),
    ("tar-deep", lambda n: "mkdir t; tar cf a.tar t\n" + "tar cf b.tar a.tar a.tar; mv b.tar a.tar\n" * n, 60),
    ("copy-itself", lambda n: "mkdir d; touch d/f\n" + "cp -r d d/e\n" * n, 40),
    ("copy-doubling", lambda n: "mkdir d; touch d/f\n" + "cp -r d e; mv e d/\n" * n, 40),
    ("sed-many", lambda n: "x=$(echo a | sed '" + "s/a/aa/g;" * n + "')", 60),
    ("sed-loop", lambda n: "x=$(echo a | sed ':a;s/a/aa/;ta')", 10),
    ("tr", lambda n: "x=$(echo a | tr 'a' '[b*" + "9" * n + "]')", 100),
    ("yes", lambda n: "x=$(yes)\nyes | head -n " + "9" * n + " > f\nhead -c " + "9" * n + " /dev/zero > g", 100),
    ("date", lambda n: "x=$(date +" + "%s" * n + ")", 10_000),
    ("tags", lambda n: "docker build " + "-t a " * n + ".", 10_000),
    ("build-args", lambda n: "docker build " + "--build-arg a=b " * n + ".", 10_000),
    ("build-arg-long", lambda n: "docker build --build-arg a=" + "b" * n + " -t x .", 1_000_000),
    ("tag-long", lambda n: "docker build -t " + "b" * n + " .", 1_000_000),
    ("heredoc-dockerfile", lambda n: "docker build -t x - <<E\nFROM alpine\n" + "RUN a\n" * n + "E", 3_000),
)

FROM = "FROM alpine\n"
DOCKERFILE = (
    ("continuations", lambda n: FROM + "RUN a " + "\\\n" * n + "b\n", 1_000_000),
    ("continuation-words", lambda n: FROM + "RUN a " + "&& b \\\n" * n + "&& c\n", 100_000),
    ("continuation-comments", lambda n: FROM + "RUN a \\\n" + "# c\n" * n + "b\n", 300_000),
    ("continuation-blanks", lambda n: FROM + "RUN a \\\n" + "\n" * n + "b\n", 300_000),
    ("open-continuations", lambda n: FROM + "RUN a\n" + "\\\n" * n, 100_000),
    ("document", lambda n: FROM + "RUN <<E\n" + "a line\n" * n + "E\n", 300_000),
    ("documents", lambda n: FROM + "RUN <<E\na\nE\n" * n, 3_000),
    ("documents-line", lambda n: FROM + "RUN cat" + " <<E" * n + "\n" + "E\n" * n, 10_000),
    ("documents-open", lambda n: FROM + "RUN <<E\n" * n, 3_000),
    ("document-copy", lambda n: FROM + "COPY <<E /a\n" + "$A ${B:-c}\n" * n + "E\n", 30_000),
    ("instructions", lambda n: FROM + "RUN a\n" * n, 10_000),
    ("stages", lambda n: "".join(f"FROM alpine AS s{i}\n" for i in range(n)), 3_000),
    (
        "stages-copy",
        lambda n: (
            "FROM alpine AS s0\n" + "".join(f"FROM s{i - 1} AS s{i}\nCOPY --from=s{i - 1} /a /a\n" for i in range(1, n))
        ),
        1_000,
    ),
    (
        "stages-copy-two",
        lambda n: (
            "FROM alpine AS s0\nFROM alpine AS s1\n"
            + "".join(
                f"FROM s{i - 1} AS s{i}\nCOPY --from=s{i - 1} /a /a\nCOPY --from=s{i - 2} /a /b\n" for i in range(2, n)
            )
        ),
        100,
    ),
    ("stage-same", lambda n: "FROM alpine AS a\n" * n, 3_000),
    ("directives", lambda n: "# escape=`\n" * n + FROM, 10_000),
    ("onbuild", lambda n: FROM + "ONBUILD " * n + "RUN a\n", 10_000),
    ("onbuilds", lambda n: FROM + "ONBUILD RUN a\n" * n, 3_000),
    ("json", lambda n: FROM + 'RUN ["a"' + ', "a"' * n + "]\n", 100_000),
    ("json-deep", lambda n: FROM + "RUN " + "[" * n + "\n", 100_000),
    ("json-number", lambda n: FROM + "RUN [" + "1" * n + "]\n", 100_000),
    ("env", lambda n: FROM + "ENV" + " a=b" * n + "\n", 30_000),
    (
        "env-laughs",
        lambda n: (
            FROM
            + "ENV v0=ha\n"
            + "".join(f"ENV v{i}=" + f"$v{i - 1}" * 10 + "\n" for i in range(1, n))
            + f"RUN echo > $v{n - 1}\nCOPY app $v{n - 1}\nWORKDIR $v{n - 1}\n"
        ),
        20,
    ),
    ("env-doubling", lambda n: FROM + "ENV a=bb\n" + "ENV a=$a$a\n" * n + "COPY $a /\n", 60),
    ("arg-doubling", lambda n: "ARG a=bb\n" + "ARG a=$a$a\n" * n + "FROM alpine:$a\nCOPY app /\n", 60),
    ("workdirs", lambda n: FROM + "WORKDIR a\n" * n + "COPY app .\n", 3_000),
    ("defaults", lambda n: FROM + "COPY " + "${a:-" * n + "b" + "}" * n + " /\n", 10_000),
    ("defaults-open", lambda n: FROM + "COPY " + "${a:-" * n + " /\n", 10_000),
    (
        "replace",
        lambda n: "#syntax=docker/dockerfile:1\n" + FROM + "ENV a=" + "a" * n + "\nCOPY ${a//a*a*a/b} ${a##*a*a*b} /\n",
        1_000,
    ),
    ("quotes", lambda n: FROM + "ENV a=" + "\"'" * n + "\n", 100_000),
    ("backslashes", lambda n: FROM + "RUN " + "\\" * n + "\n", 1_000_000),
    ("line", lambda n: FROM + "RUN " + "a" * n + "\n", 10_000_000),
    ("line-copy", lambda n: FROM + "COPY app " + "a" * n + "\n", 1_000_000),
    ("copies", lambda n: FROM + "COPY app" + " app" * n + " /\n", 10_000),
    ("copy-lines", lambda n: FROM + "COPY app /\n" * n, 1_000),
    ("copy-globs", lambda n: FROM + "COPY " + "*a" * n + "b /\n", 1_000),
    ("copy-classes", lambda n: FROM + "COPY " + "[a-z]" * n + " /\n", 1_000),
    ("flags", lambda n: FROM + "COPY" + " --chown=1:1" * n + " app /\n", 10_000),
    ("labels", lambda n: FROM + "LABEL" + " a=b" * n + "\n", 10_000),
    ("volume", lambda n: FROM + "VOLUME" + " /a" * n + "\n", 10_000),
    ("heredoc-words", lambda n: FROM + "RUN " + "a" * n + " <<E\nE\n", 300_000),
    ("run-shell", lambda n: FROM + "RUN " + "$(" * n + "\n", 10_000),
    ("run-and", lambda n: FROM + "RUN " + "a && " * n + "a\n", 10_000),
    ("comments", lambda n: FROM + "# c\n" * n, 300_000),
    ("blanks", lambda n: FROM + "\n" * n, 1_000_000),
    ("unicode", lambda n: FROM + "RUN " + "\u202e\u2028" * n, 100_000),
    ("unknown", lambda n: FROM + "FOO bar\n" * n, 10_000),
)

IGNORE = (
    ("stars", lambda n: "*a" * n + "b\n", 3_000),
    ("double-stars", lambda n: "**/" * n + "b\n", 3_000),
    ("double-stars-letters", lambda n: "**/a/" * n + "b\n", 1_000),
    ("double-stars-mixed", lambda n: "**a*" * n + "b\n", 300),
    ("questions", lambda n: "?" * n + "\n", 10_000),
    ("classes", lambda n: "[a-z]" * n + "\n", 10_000),
    ("class-long", lambda n: "[" + "a" * n + "]\n", 100_000),
    ("class-open", lambda n: "[" * n + "\n", 100_000),
    ("lines", lambda n: "".join(f"a{i}*\n" for i in range(n)), 3_000),
    ("exceptions", lambda n: "*\n" + "".join(f"!a{i}*\n" for i in range(n)), 3_000),
    ("slashes", lambda n: "a" + "/" * n + "b\n", 1_000_000),
    ("dots", lambda n: "../" * n + "a\n" + "./" * n, 300_000),
    ("line", lambda n: "a" * n + "\n", 10_000_000),
    ("deep", lambda n: "a/" * n + "\n", 100_000),
    ("backslashes", lambda n: "\\" * n + "\n", 1_000_000),
    ("blanks", lambda n: "\n" * n, 1_000_000),
    ("marks", lambda n: "!" * n + "a\n", 100_000),
)


def _tar(*members: tarfile.TarInfo, form: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for member in members:
            tar.addfile(member, io.BytesIO(b"\0" * member.size))
    return out.getvalue()


def _info(name: str, **said: object) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    for key, value in said.items():
        setattr(info, key, value)
    return info


def _heads(size: int) -> bytes:
    """Headers of long names, one behind the other, that each belong to the next."""
    head = tarfile.TarInfo("././@LongLink")
    head.type = tarfile.GNUTYPE_LONGNAME
    head.size = 1
    return (head.tobuf(tarfile.GNU_FORMAT) + b"a".ljust(512, b"\0")) * size + _tar(_info("a"))


def _globals(size: int) -> bytes:
    head = tarfile.TarInfo("g")
    head.type = tarfile.XGLTYPE
    record = b"12 a=bbbbbb\n"
    head.size = len(record)
    return (head.tobuf(tarfile.USTAR_FORMAT) + record.ljust(512, b"\0")) * size + _tar(_info("a"))


def _claimed(size: int) -> bytes:
    """A header that says that petabytes follow."""
    head = tarfile.TarInfo("x")
    head.type = tarfile.XHDTYPE
    head.size = 8**11 - 1 - size
    return head.tobuf(tarfile.USTAR_FORMAT) + b"\0" * 512


ARCHIVE = (
    ("long-names", _heads, 3_000),
    ("global-headers", _globals, 3_000),
    ("claimed-pax", _claimed, 3),
    ("claimed-file", lambda n: _info("a", size=8**11 - n).tobuf(tarfile.USTAR_FORMAT) + b"\0" * 1024, 3),
    (
        "claimed-longname",
        lambda n: _info("a", type=tarfile.GNUTYPE_LONGNAME, size=8**11 - n).tobuf(tarfile.GNU_FORMAT),
        3,
    ),
    ("negative", lambda n: _info("a", size=-n).tobuf(tarfile.GNU_FORMAT) + b"\0" * 1024, 1_000),
    ("pax-many", lambda n: _tar(_info("a", pax_headers={f"k{i}": "v" for i in range(n)})), 30_000),
    ("pax-long", lambda n: _tar(_info("a", pax_headers={"k": "v" * n})), 3_000_000),
    (
        "pax-sparse",
        lambda n: _tar(_info("a", pax_headers={"GNU.sparse.map": "0,0," * n + "0,0", "GNU.sparse.size": "9" * 30})),
        100_000,
    ),
    ("pax-size", lambda n: _tar(_info("a", pax_headers={"size": "9" * n})), 5_000),
    ("pax-mtime", lambda n: _tar(_info("a", pax_headers={"mtime": "9" * n})), 5_000),
    ("pax-nan", lambda n: _tar(_info("a", pax_headers={"mtime": "nan"}), _info("b", pax_headers={"mtime": "inf"})), 3),
    ("name-deep", lambda n: _tar(_info("a/" * n)), 100_000),
    ("names", lambda n: _tar(*(_info(f"f{i}") for i in range(n))), 10_000),
    ("zeros", lambda n: b"\0" * n, 10_000_000),
    ("whiteouts", lambda n: _tar(*(_info(f"d{i}/.wh.f") for i in range(n))), 10_000),
)

EMITTED = (
    ("text", lambda n: bytes(range(1, 128)) * n, 300),
    ("names", lambda n: b"\xff\xed\xa0\x80" * n, 30),
)


def _all() -> dict[str, Attack]:
    rows = [(f"shell/{name}", "build.sh", make, size) for name, make, size in SHELL]
    rows += [(f"dockerfile/{name}", "Dockerfile.build", make, size) for name, make, size in DOCKERFILE]
    rows += [(f"runtime/{name}", "Dockerfile", make, size) for name, make, size in DOCKERFILE]
    rows += [(f"ignore/{name}", ".dockerignore", make, size) for name, make, size in IGNORE]
    rows += [(f"archive/{name}", "archive", make, size) for name, make, size in ARCHIVE]
    rows += [(f"emitted/{name}", "emitted", make, size) for name, make, size in EMITTED]
    return {name: Attack(name, file, make, size) for name, file, make, size in rows}


ATTACKS = _all()
